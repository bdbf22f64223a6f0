"""What the gateway says of its routes: the OpenAPI, and the page that lists them and then is Swagger UI."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.web.docs.page import Docs, render
from krakend.pages.openapi import SCHEME
from krakend.pages.static_files import Content

_DOCS = Docs(
    about="every route of the gateway",
    intro='<p>Every route of the gateway. Choose one to read it in full and to try it out; <a href="/openapi.json">the '
    'OpenAPI</a> is for tools, and <a href="/">the live page</a> uses the same routes.</p>',
    files="/pages",
    icon="/pages/icon.svg",
    login="/user/login",
    scheme=SCHEME,
)


@dataclass(frozen=True)
class Documentation:
    openapi: Content
    page: Content


def document(openapi: Mapping[str, Any]) -> Documentation:
    """Both as they are sent."""
    return Documentation(
        openapi=Content(json.dumps(openapi, ensure_ascii=False).encode(), "application/json"),
        page=Content(render(openapi, _DOCS).encode(), "text/html; charset=utf-8"),
    )
