"""The files of the pages, read once: our own, those of /docs, and Swagger UI, which the package
fastapi-offline brings.

Scripts and styles are sent without their comments, an eighth of what the page Demand loads. Only comments that have
lines of their own: to find others takes a parser.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from kit.web.docs import SWAGGER_UI
from krakend.pages.modules import with_modules

_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_PAGE = "index.html"
_COMMENTS = {
    "css": re.compile(r"^[ \t]*/\*(?:[^*]|\*(?!/))*\*/[ \t]*\n", re.MULTILINE),
    "js": re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.MULTILINE),
}


@dataclass(frozen=True)
class Content:
    body: bytes
    media_type: str

    @cached_property
    def gzipped(self) -> bytes:
        """Made once, not for each who asks: Swagger UI's bundle takes a tenth of a second."""
        return gzip.compress(self.body, mtime=0)

    @cached_property
    def etag(self) -> str:
        """Strong: of the bytes alone, the same in every instance (RFC 9110 §8.8.3)."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


def read_files() -> Mapping[str, Content]:
    """By name. What is not in here cannot be asked for."""
    folders = (files(package) / "static" for package in ("krakend.pages", "kit.web.docs"))
    own = [entry for folder in folders for entry in folder.iterdir() if entry.is_file()]
    swagger = [files("fastapi_offline") / "static" / name for name in SWAGGER_UI]
    bodies = {entry.name: entry.read_bytes() for entry in (*own, *swagger)}
    texts = {entry.name: _without_comments(entry.name, bodies[entry.name].decode()) for entry in own}
    texts[_PAGE] = with_modules(texts[_PAGE], texts)
    bodies |= {name: text.encode() for name, text in texts.items()}
    return {name: Content(body, _TYPES[_kind(name)]) for name, body in bodies.items()}


def _kind(name: str) -> str:
    return name.rpartition(".")[2]


def _without_comments(name: str, text: str) -> str:
    comments = _COMMENTS.get(_kind(name))
    return comments.sub("", text) if comments else text
