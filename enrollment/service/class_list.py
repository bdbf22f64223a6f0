"""The classes as one instance knows them, and the list of them as it is sent: whole, in pages, or by a search."""

import gzip
import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

from enrollment.domain.roster import ClassSection, ClassStatus
from enrollment.domain.sections import normalized_code as normalized

Render = Callable[[ClassSection], dict[str, Any]]

_MOST_PAGES_KEPT = 500
_GZIP_LEVEL = 5


@dataclass(frozen=True)
class Query:
    """`limit` None: as many as there are. `after`: a class id. `course`, `department`: a part of it, in any case."""

    limit: int | None = None
    after: int = 0
    course: str = ""
    department: str = ""
    full: bool = False


@dataclass(frozen=True)
class Page:
    """`next_after`: the `after` of the next page, None if this is the last."""

    body: bytes
    next_after: int | None = None

    @cached_property
    def etag(self) -> str:
        """Weak: it is the same for the compressed body; of the content alone, so the same in every instance."""
        return f'W/"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.body, _GZIP_LEVEL, mtime=0)

    def prepare(self, *, packed: bool) -> "Page":
        """Do now, in this thread, what takes long."""
        _ = self.etag, packed and self.gzipped
        return self


class _Entry:
    """A class, its JSON and its words, each made when first asked for."""

    __slots__ = ("_text", "_words", "section")

    def __init__(self, section: ClassSection) -> None:
        self.section = section
        self._text: bytes | None = None
        self._words: tuple[str, str] | None = None

    def text(self, render: Render) -> bytes:
        if self._text is None:
            self._text = json.dumps(render(self.section), separators=(",", ":")).encode()
        return self._text

    def is_found_by(self, course: str, department: str) -> bool:
        """Both normalized."""
        if self._words is None:
            names = f"{self.section.course_code}\n{self.section.class_name}"
            self._words = normalized(names), normalized(self.section.department)
        return course in self._words[0] and department in self._words[1]


class ClassList:
    """The active classes at one moment."""

    def __init__(self, generation: int, entries: Iterable[_Entry], render: Render) -> None:
        self.generation = generation
        active = (entry for entry in entries if entry.section.status is ClassStatus.ACTIVE)
        self._entries = sorted(active, key=lambda entry: entry.section.class_id)
        self._render = render
        self._pages: dict[Query, Page] = {}

    def kept(self, query: Query) -> Page | None:
        """The page, if it was made before."""
        return self._pages.get(query)

    def page(self, query: Query) -> Page:
        page = self._pages.get(query) or self._make(query)
        if len(self._pages) < _MOST_PAGES_KEPT:
            self._pages[query] = page
        return page

    def _make(self, query: Query) -> Page:
        course, department = normalized(query.course), normalized(query.department)
        start = bisect_right(self._entries, query.after, key=lambda entry: entry.section.class_id)
        found: list[_Entry] = []
        for entry in self._entries[start:]:
            if (query.full or entry.section.has_room) and entry.is_found_by(course, department):
                if len(found) == query.limit:
                    return Page(self._body(found), next_after=found[-1].section.class_id)
                found.append(entry)
        return Page(self._body(found))

    def _body(self, found: list[_Entry]) -> bytes:
        return b'{"Classes":[' + b",".join([entry.text(self._render) for entry in found]) + b"]}"


class KnownClasses:
    """What this instance knows of each class; threads may share it. An older version never replaces a newer one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: dict[int, _Entry] = {}
        self.generation = 0  # rises with every change

    def put(self, sections: Iterable[ClassSection]) -> None:
        with self._lock:
            for section in sections:
                known = self._entries.get(section.class_id)
                if known is None or section.is_newer_than(known.section):
                    self._entries[section.class_id] = _Entry(section)
                    self.generation += 1

    def replace(self, sections: Iterable[ClassSection], also: Callable[[], Iterable[ClassSection]]) -> None:
        """These are all there are, and those that `also` says at that moment."""
        with self._lock:
            before, self._entries = self._entries, {}
            for section in (*sections, *also()):
                known = self._entries.get(section.class_id) or before.get(section.class_id)
                if known is None or section.is_newer_than(known.section):
                    known = _Entry(section)
                self._entries[section.class_id] = known
            if self._entries != before:
                self.generation += 1

    def listed(self, render: Render) -> ClassList:
        with self._lock:
            generation, entries = self.generation, list(self._entries.values())
        return ClassList(generation, entries, render)
