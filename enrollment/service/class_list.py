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

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.sections import normalized_code as normalized
from enrollment.service.demand import demand

Render = Callable[[ClassSection], dict[str, Any]]

_MOST_PAGES_KEPT = 500
_GZIP_LEVEL = 5


@dataclass(frozen=True)
class Query:
    """`limit` None: as many as there are. `after`: a class id. `course`, `department`: a part of it, in any case.

    `words`: each is somewhere in the course's code, the class's name or the department. `full`: also classes without
    room. `status` None: of any; `waiting`: at least so many are in line. `for_staff`: with the status of each, and with
    where the next page begins. `summed`: what all of them come to (service.demand), instead of the classes.
    """

    limit: int | None = None
    after: int = 0
    course: str = ""
    department: str = ""
    full: bool = False
    words: str = ""
    instructor_id: int | None = None
    status: ClassStatus | None = ClassStatus.ACTIVE
    waiting: int = 0
    for_staff: bool = False
    summed: bool = False

    def wants(self, section: ClassSection) -> bool:
        """All but the words."""
        return (
            (self.full or section.has_room)
            and (self.status is None or section.status is self.status)
            and (self.instructor_id is None or section.instructor_id == self.instructor_id)
            and section.current_waitlist >= self.waiting
        )


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

    __slots__ = ("_text", "_text_for_staff", "_words", "section")

    def __init__(self, section: ClassSection) -> None:
        self.section = section
        self._text: bytes | None = None
        self._text_for_staff: bytes | None = None
        self._words: tuple[str, str] | None = None

    def text(self, render: Render) -> bytes:
        if self._text is None:
            self._text = _json(render(self.section))
        return self._text

    def text_for_staff(self, render: Render) -> bytes:
        if self._text_for_staff is None:
            self._text_for_staff = _json({**render(self.section), "State": self.section.status})
        return self._text_for_staff

    def is_found_by(self, course: str, department: str, words: list[str]) -> bool:
        """All normalized."""
        if self._words is None:
            names = f"{self.section.course_code}\n{self.section.class_name}"
            self._words = normalized(names), normalized(self.section.department)
        names, of_department = self._words
        return (
            course in names
            and department in of_department
            and all(word in names or word in of_department for word in words)
        )


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


class ClassList:
    """The classes at one moment, without those that are being removed."""

    def __init__(self, generation: int, entries: Iterable[_Entry], render: Render) -> None:
        self.generation = generation
        there = (entry for entry in entries if entry.section.status is not ClassStatus.REMOVING)
        self._entries = sorted(there, key=lambda entry: entry.section.class_id)
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
        if query.summed:
            return Page(_json(demand([entry.section for entry in self._entries]).as_json()))
        course, department = normalized(query.course), normalized(query.department)
        words = normalized(query.words).split()
        start = bisect_right(self._entries, query.after, key=lambda entry: entry.section.class_id)
        found: list[_Entry] = []
        next_after = None
        for entry in self._entries[start:]:
            if query.wants(entry.section) and entry.is_found_by(course, department, words):
                if len(found) == query.limit:
                    next_after = found[-1].section.class_id
                    break
                found.append(entry)
        return Page(self._body(found, next_after, for_staff=query.for_staff), next_after)

    def _body(self, found: list[_Entry], next_after: int | None, *, for_staff: bool) -> bytes:
        if not for_staff:
            return b'{"Classes":[' + b",".join([entry.text(self._render) for entry in found]) + b"]}"
        classes = b",".join([entry.text_for_staff(self._render) for entry in found])
        return b'{"Classes":[%b],"next_after":%b}' % (classes, _json(next_after))


class KnownClasses:
    """Each class as this instance knows it; threads may share it. An older version never replaces a newer one."""

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

    def sections(self, class_ids: Iterable[int]) -> list[ClassSection]:
        with self._lock:
            return [self._entries[class_id].section for class_id in class_ids if class_id in self._entries]

    def listed(self, render: Render) -> ClassList:
        with self._lock:
            generation, entries = self.generation, list(self._entries.values())
        return ClassList(generation, entries, render)
