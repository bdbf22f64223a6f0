"""Reading histories: a student's own story, and the whole for those who answer for the class."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from enrollment.domain.errors import ClassUnknown, NoHistory, NothingToTell, NotYourClass
from enrollment.domain.story import Moment, NamedClass, story
from enrollment.service.ports import HistoryEntries, KnownPeople, StudentRecords

PAGE = 500
NAMED_AT_ONCE = 100
MOST_TOLD = 8_000  # entries of a story: they are read within one request, 10,000 in 1.0 to 1.6 s on a busy machine
MOST_CLASSES_NAMED = 50  # of one story: each is read, and most have none or one
MOST_NAMED = 300  # of one page: a request of the users service for each hundred


class Histories:
    """Each method raises Unavailable when the database does not answer."""

    def __init__(
        self, entries: HistoryEntries, rosters: StudentRecords, people: KnownPeople, most_told: int = MOST_TOLD
    ) -> None:
        self._entries = entries
        self._most_told = most_told
        self._rosters = rosters
        self._people = people

    def of_student(self, student_id: int, class_id: int) -> list[Moment]:
        """The student's story since they last came, also of a class that was removed. Raises NothingToTell.

        Of one that is very long the latest part.
        """
        record = self._rosters.record(class_id, student_id)
        if record is None:
            raise NothingToTell(student_id, class_id)
        began = max(1, record.came_at)
        told_from = max(began, self._entries.last_number(class_id) - self._most_told + 1)
        cut = record if told_from > began else None
        return story(self._entries.entries(class_id, told_from), student_id, cut, self._class_names())

    def _class_names(self) -> Callable[[int], NamedClass]:
        """Names of classes, each read once; a class that was removed, and of very many the last, goes by its id."""
        known: dict[int, NamedClass] = {}

        def named(class_id: int) -> NamedClass:
            if class_id not in known and len(known) < MOST_CLASSES_NAMED:
                known[class_id] = self._named_class(class_id)
            return known.get(class_id) or NamedClass(class_id)

        return named

    def _named_class(self, class_id: int) -> NamedClass:
        try:
            section = self._rosters.require_section(class_id)
        except ClassUnknown:
            return NamedClass(class_id)
        return NamedClass(class_id, section.course_code, section.class_name, section.section_number)

    def of_class(self, class_id: int, after: int, most: int = PAGE) -> list[dict[str, Any]]:
        """The entries after this number, in order, `most` at a time. Raises NoHistory when the class never was."""
        entries = list(islice(self._entries.entries(class_id, after + 1), most))
        if not entries and after == 0:
            raise NoHistory(class_id)
        return entries

    def for_instructor(self, instructor_id: int, class_id: int, after: int) -> list[dict[str, Any]]:
        """As of_class, for who teaches the class, or did when it was removed. Raises ClassUnknown and NotYourClass,
        too."""
        if self._taught_by(class_id) != instructor_id:
            raise NotYourClass(instructor_id, class_id)
        return self.of_class(class_id, after)

    def _taught_by(self, class_id: int) -> int:
        try:
            return self._rosters.require_section(class_id).instructor_id
        except ClassUnknown:
            taught_by = self._entries.taught_by(class_id)
            if taught_by is None:
                raise
            return taught_by

    def names(self, entries: Iterable[Mapping[str, Any]]) -> dict[int, str]:
        """User names of the students in these entries, as far as the users service knows and says them."""
        ids = list(dict.fromkeys(c["student_id"] for entry in entries for c in entry["changes"] if c["student_id"]))
        named: dict[int, str] = {}
        for at in range(0, min(len(ids), MOST_NAMED), NAMED_AT_ONCE):
            people = self._people.named(ids[at : at + NAMED_AT_ONCE]) or {}
            named |= {user_id: person.username for user_id, person in people.items()}
        return named
