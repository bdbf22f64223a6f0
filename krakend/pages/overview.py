"""The list of the gateway's routes that /docs shows at first: Swagger UI, many times as large, comes after it.

Each route is a link of the kind that Swagger UI reads (`#/tag/operationId`), so one that was followed is open in it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from krakend.pages.shelf import Content

PLACE = "<!-- routes -->"
Json = dict[str, Any]


@dataclass(frozen=True)
class Documentation:
    openapi: Content
    page: Content


def document(openapi: Mapping[str, Any], page: Content) -> Documentation:
    """Both as they are sent; `page` is docs.html."""
    return Documentation(
        openapi=Content(json.dumps(openapi, ensure_ascii=False).encode(), "application/json"),
        page=Content(with_routes(page.body.decode(), openapi).encode(), page.media_type),
    )


def with_routes(html: str, openapi: Mapping[str, Any]) -> str:
    """The page's HTML with the routes of this OpenAPI, in its order, by their tags."""
    operations = [
        (method, path, operation) for path, methods in openapi["paths"].items() for method, operation in methods.items()
    ]
    sections = (_section(tag, [one for one in operations if tag["name"] in one[2]["tags"]]) for tag in openapi["tags"])
    return html.replace(PLACE, "".join(sections))


def _section(tag: Json, operations: Iterable[tuple[str, str, Json]]) -> str:
    name = escape(tag["name"])
    rows = "".join(_row(tag["name"], *operation) for operation in operations)
    told = escape(tag["description"].replace("`", ""))
    return f'<section aria-labelledby="of-{name}"><h2 id="of-{name}">{name}</h2><p>{told}</p><ul>{rows}</ul></section>'


def _row(tag: str, method: str, path: str, operation: Json) -> str:
    place = "/".join(filter(None, ("#", tag, operation.get("operationId"))))
    words = f"<b>{method.upper()}</b> <code>{escape(path)}</code> <span>{escape(operation['summary'])}</span>"
    return f'<li class="{method}"><a href="{escape(place)}">{words}</a></li>'
