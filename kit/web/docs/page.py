"""The HTML of /docs: the list of an OpenAPI's operations, readable and quick. Swagger UI, many times as large, takes
its place later (static/docs.js).

Each operation is a link of the kind that Swagger UI reads (`#/tag/operationId`), so who followed one finds it open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

Json = Mapping[str, Any]

UNTAGGED = "default"  # as Swagger UI names it
_PAGE = Template((files("kit.web.docs") / "page.html").read_text())


@dataclass(frozen=True)
class Docs:
    """The text of one /docs beside its operations. `intro` is HTML, all else text."""

    about: str  # what it is, in a few words
    intro: str
    files: str  # the path that docs.js, docs.css and the files of Swagger UI are under
    icon: str
    login: str = ""  # the path of an operation whose `access_token` is filled into…
    scheme: str = ""  # …this security scheme


def render(openapi: Json, docs: Docs) -> str:
    """The page, with the operations in the OpenAPI's order, by their tags."""
    texts = {name: escape(text) for name, text in vars(docs).items()}
    title = escape(openapi["info"]["title"])
    return _PAGE.substitute(texts | {"intro": docs.intro, "title": title, "routes": _sections(openapi)})


def paragraphs(markdown: str) -> str:
    """As HTML, without its marks."""
    return "".join(f"<p>{_plain(one)}</p>" for one in markdown.split("\n\n"))


def _sections(openapi: Json) -> str:
    operations = [
        (method, path, operation) for path, methods in openapi["paths"].items() for method, operation in methods.items()
    ]
    told = {tag["name"]: tag.get("description", "") for tag in openapi.get("tags", ())}
    told |= {tag: "" for *_, operation in operations for tag in _tags(operation) if tag not in told}
    return "".join(
        _section(tag, text, [one for one in operations if tag in _tags(one[2])]) for tag, text in told.items()
    )


def _tags(operation: Json) -> list[str]:
    return operation.get("tags") or [UNTAGGED]


def _section(tag: str, text: str, operations: Iterable[tuple[str, str, Json]]) -> str:
    name = escape(tag)
    rows = "".join(_row(tag, *operation) for operation in operations)
    head = f'<h2 id="of-{name}">{name}</h2>{paragraphs(text) if text else ""}'
    return f'<section aria-labelledby="of-{name}"><div class="head">{head}</div><ul>{rows}</ul></section>'


def _row(tag: str, method: str, path: str, operation: Json) -> str:
    place = "/".join(filter(None, ("#", tag, operation.get("operationId"))))
    words = f"<b>{method.upper()}</b> <code>{escape(path)}</code> <span>{escape(operation['summary'])}</span>"
    return f'<li class="{method}"><a href="{escape(place)}">{words}</a></li>'


def _plain(markdown: str) -> str:
    return escape(markdown.replace("`", "").replace("**", ""))
