"""Classes and who is in them as a OneRoster package (etc.contracts.oneroster).

The same rosters make the same files, in every system: no id of ours is in them, and everything is in one order.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice

from enrollment.domain.class_section import ClassSection, Promotion
from enrollment.domain.record import Record, State
from enrollment.service.ports import KnownPeople, Person, Rosters
from etc.contracts import oneroster
from etc.contracts.oneroster import joined, row, sourced_id
from kit.csv_files import Target
from kit.errors import Unavailable

_SCHOOL, _TERM = "school", "term"  # sourcedIds
_NAMES_AT_ONCE = 100
_THREADS = 4
_TRIES = 2  # of the users service, whose reply is not waited for long


@dataclass(frozen=True)
class Frame:
    """What OneRoster wants to know and we do not: the school, and the term, whose end is the day after it."""

    school: str
    term: str
    begins: date
    ends: date

    @classmethod
    def of_this_year(cls) -> "Frame":
        """Where nobody says it."""
        year = datetime.now(UTC).year
        return cls("University", str(year), date(year, 1, 1), date(year + 1, 1, 1))


@dataclass(frozen=True)
class Roster:
    """A class, the ids of its students by enrollment, and its line."""

    section: ClassSection
    seated: list[int]
    line: list[Record]

    @property
    def waiting(self) -> list[int]:
        return [record.student_id for record in self.line]

    @property
    def people(self) -> list[int]:
        return [self.section.instructor_id, *self.seated, *self.waiting]

    @property
    def id(self) -> str:
        return sourced_id(self.section.course_code, str(self.section.section_number))


def _ignore(_: int) -> None:
    pass


class OneRosterExport:
    def __init__(self, rosters: Rosters, people: KnownPeople) -> None:
        self._rosters = rosters
        self._people = people

    def read(
        self,
        sections: Collection[ClassSection],
        frame: Frame,
        *,
        whole: bool = False,
        on_read: Callable[[int], None] = _ignore,
    ) -> "Export":
        """The package's files; `whole`: also those that only bin/load-classes reads, so that nothing is lost.

        `on_read` gets how many students were read. Each class is as it was at one moment. Raises Unavailable.
        """
        rosters = list(self._read(sections, on_read, lines=whole))
        names = self._names({i for roster in rosters for i in roster.people})
        return Export(rosters, names, frame, whole=whole)

    def _read(
        self, sections: Collection[ClassSection], on_read: Callable[[int], None], *, lines: bool
    ) -> Iterator[Roster]:
        in_order = sorted(sections, key=lambda section: (section.course_code, section.section_number))
        with ThreadPoolExecutor(_THREADS) as pool:  # bounded: by the classes
            for roster in pool.map(partial(self._roster, lines=lines), in_order):
                on_read(len(roster.seated))
                yield roster

    def _roster(self, section: ClassSection, *, lines: bool) -> Roster:
        """Where nobody sits or waits, as the class said a moment ago, nobody is asked for."""
        seated = self._students(section, State.ENROLLED) if section.current_enrollment else []
        line = self._students(section, State.WAITLISTED) if lines and section.current_waitlist else []
        return Roster(section, [record.student_id for record in seated], line)

    def _students(self, section: ClassSection, state: State) -> list[Record]:
        return list(self._rosters.students(section.class_id, state, all_in_turn=section.all_in_turn))

    def _names(self, ids: Iterable[int]) -> dict[int, Person]:
        left = iter(sorted(ids))
        parts = iter(lambda: list(islice(left, _NAMES_AT_ONCE)), [])
        names: dict[int, Person] = {}
        with ThreadPoolExecutor(_THREADS) as pool:  # bounded: by the people
            for found in pool.map(self._named, parts):
                names |= found
        return names

    def _named(self, ids: list[int]) -> dict[int, Person]:
        for _ in range(_TRIES):
            if (found := self._people.named(ids)) is not None:
                return found
        raise Unavailable("The users service does not answer; ask again in a moment")


Rows = Sequence[tuple[str, ...]]


class Export:
    """`names` are those of the people who have an account; the others are left out."""

    def __init__(self, rosters: list[Roster], names: dict[int, Person], frame: Frame, *, whole: bool) -> None:
        self._rosters = rosters
        self._names = names
        self._frame = frame
        self._whole = whole

    @property
    def left_out(self) -> int:
        """How many students are not in it."""
        return sum(i not in self._names for roster in self._rosters for i in self._students(roster))

    def students(self) -> Iterator[tuple[ClassSection, Person]]:
        """The enrolled students, in the order of enrollments."""
        for roster in self._rosters:
            for person in map(self._names.get, roster.seated):
                if person:
                    yield roster.section, person

    def write(self, target: Target) -> None:
        written = [(name, rows) for name, rows in self._files() if rows]
        manifest = oneroster.manifest({name for name, _ in written})
        target.write(oneroster.MANIFEST, oneroster.COLUMNS[oneroster.MANIFEST], manifest)
        for name, rows in written:
            target.write(name, oneroster.COLUMNS[name], rows)

    def _files(self) -> Iterator[tuple[str, Rows]]:
        yield oneroster.SESSIONS, [self._term()]
        yield oneroster.ORGS, self._orgs()
        yield oneroster.COURSES, self._courses()
        yield oneroster.CLASSES, [self._class(roster) for roster in self._rosters]
        teachers = {roster.section.instructor_id for roster in self._rosters} & self._names.keys()
        students = {i for roster in self._rosters for i in self._students(roster)} & self._names.keys()
        in_order = sorted(teachers | students, key=lambda i: self._names[i].username)
        yield oneroster.USERS, [_user(self._names[i]) for i in in_order]
        yield oneroster.ROLES, [each for i in in_order for each in self._roles(i, teachers, students)]
        yield oneroster.ENROLLMENTS, [each for roster in self._rosters for each in self._enrollments(roster)]
        if self._whole:
            yield oneroster.MORE_OF_CLASSES, [_more(roster) for roster in self._rosters]
            yield oneroster.WAITLISTS, [each for roster in self._rosters for each in self._waiting(roster)]

    def _students(self, roster: Roster) -> list[int]:
        return roster.seated + (roster.waiting if self._whole else [])

    def _term(self) -> tuple[str, ...]:
        return row(
            oneroster.SESSIONS,
            sourcedId=_TERM,
            title=self._frame.term,
            type="term",
            startDate=self._frame.begins.isoformat(),
            endDate=self._frame.ends.isoformat(),
            schoolYear=str(self._frame.ends.year),
        )

    def _first_sections(self) -> list[ClassSection]:
        """Of each course, by its code as it is written."""
        first = {roster.section.course_code: roster.section for roster in reversed(self._rosters)}
        return [section for _, section in sorted(first.items())]

    def _orgs(self) -> Rows:
        """The school, and the departments of its courses."""
        school = row(oneroster.ORGS, sourcedId=_SCHOOL, name=self._frame.school, type="school")
        departments = sorted({section.department for section in self._first_sections()})
        return [
            school,
            *(
                row(
                    oneroster.ORGS,
                    sourcedId=_department(name),
                    name=name,
                    type="department",
                    parentSourcedId=_SCHOOL,
                )
                for name in departments
            ),
        ]

    def _courses(self) -> Rows:
        """Title and department of each are those of its first class."""
        return [
            row(
                oneroster.COURSES,
                sourcedId=sourced_id(section.course_code),
                title=section.class_name,
                courseCode=section.course_code,
                orgSourcedId=_department(section.department),
            )
            for section in self._first_sections()
        ]

    def _class(self, roster: Roster) -> tuple[str, ...]:
        section = roster.section
        return row(
            oneroster.CLASSES,
            sourcedId=roster.id,
            title=section.class_name,
            courseSourcedId=sourced_id(section.course_code),
            classCode=f"{section.course_code}-{section.section_number}",
            classType="scheduled",
            schoolSourcedId=_SCHOOL,
            termSourcedIds=_TERM,
        )

    def _roles(self, user_id: int, teachers: set[int], students: set[int]) -> Iterator[tuple[str, ...]]:
        name = self._names[user_id].username
        roles = [oneroster.TEACHER] * (user_id in teachers) + [oneroster.STUDENT] * (user_id in students)
        for number, role in enumerate(roles):
            yield row(
                oneroster.ROLES,
                sourcedId=sourced_id(name, role),
                userSourcedId=sourced_id(name),
                roleType="secondary" if number else "primary",
                role=role,
                orgSourcedId=_SCHOOL,
            )

    def _enrollments(self, roster: Roster) -> Iterator[tuple[str, ...]]:
        teacher = self._names.get(roster.section.instructor_id)
        if teacher:
            yield self._enrollment(roster.id, teacher, oneroster.TEACHER)
        for person in map(self._names.get, roster.seated):
            if person:
                yield self._enrollment(roster.id, person, oneroster.STUDENT)

    def _enrollment(self, class_id: str, person: Person, role: str) -> tuple[str, ...]:
        user_id = sourced_id(person.username)
        # As oneroster.row makes it, which takes ten times as long.
        primary = "true" if role == oneroster.TEACHER else ""
        return (joined(class_id, role, user_id), "", "", class_id, _SCHOOL, user_id, role, primary, "", "")

    def _waiting(self, roster: Roster) -> Iterator[tuple[str, ...]]:
        for record in roster.line:
            if person := self._names.get(record.student_id):
                yield (roster.id, sourced_id(person.username), _pause(record))


def _department(name: str) -> str:
    return sourced_id("department", name)


def _more(roster: Roster) -> tuple[str, ...]:
    """Of oneroster.CLASS_EXTENSIONS."""
    section = roster.section
    numbers = (section.section_number, section.max_capacity, section.waitlist_maximum)
    offers = section.promotion is Promotion.OFFER
    policy = (str(section.promotion), str(section.offer_window_s) if offers else "")
    rule = "true" if section.rule.applies else ""
    said = oneroster.one_line(section.department), str(section.status)
    return (roster.id, *map(str, numbers), *said, *policy, rule)


def _pause(record: Record) -> str:
    if record.skipped_for:
        return oneroster.SKIPPED
    return oneroster.PAUSED if record.paused else ""


def _user(person: Person) -> tuple[str, ...]:
    """Given and family names are required, and not known here: the user name stands for both."""
    return row(
        oneroster.USERS,
        sourcedId=sourced_id(person.username),
        enabledUser="true",
        username=person.username,
        givenName=person.username,
        familyName=person.username,
        email=person.email,
        primaryOrgSourcedId=_SCHOOL,
    )
