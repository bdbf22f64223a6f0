"""The state of a class after some entries of its history, and the part of it that must be stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from enrollment.domain.sections import normalized_code


class Half(NamedTuple):
    """Of a swap what one of its classes tells: the student, the other class, and when."""

    student_id: int
    other_class: int
    at: str
    gives_up: bool


@dataclass
class ReplayedState:
    """`seated` and `waiting` (student id → sequence number) are those known by name."""

    course_code: str = ""
    section_number: int = 0
    titles: tuple[str, str] | None = None
    """The class's name and department; None: as it was when it was added."""
    capacity: int = 0
    waitlist_maximum: int = 0
    status: str = ""
    instructor_id: int | None = None
    removed: bool = False
    seated: set[int] = field(default_factory=set)
    waiting: dict[int, int] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    seated_strangers: int = 0
    waiting_strangers: int = 0
    newest_sequence: int = 0
    paused: set[int] = field(default_factory=set)
    offers: dict[int, int] = field(default_factory=dict)
    """By student until when (Unix seconds) a seat is held."""
    swaps: dict[int, int] = field(default_factory=dict)
    """By waiting student the class whose seat they give up for one here."""
    skipped: dict[int, int] = field(default_factory=dict)
    """By student in a pause that the course's rule began, the class in which they have a seat."""
    promotion: str = "automatic"
    offer_window_s: int = 0
    rule: str = "off"
    """One section per course: off, starting or on."""
    got_under: dict[int, str] = field(default_factory=dict)
    """By seated student what the rule was when they got the seat; those not named got it while it was off."""
    halves: dict[Half, int] = field(default_factory=dict)
    """Of swaps, those in this class, with the numbers of their entries."""
    at: str = ""
    number: int = 0

    @property
    def course(self) -> str:
        """The course, which its sections have in common."""
        return normalized_code(self.course_code)

    @property
    def at_s(self) -> float:
        return datetime.fromisoformat(self.at).timestamp()

    @property
    def facts(self) -> dict[str, object]:
        """The attributes that must be stored of the class, by name."""
        called = dict(zip(("title", "department"), self.titles, strict=True)) if self.titles else {}
        return {
            "enrolled": self.enrolled,
            "waiting": self.in_line,
            "seats": self.capacity,
            "places in line": self.waitlist_maximum,
            "instructor": self.instructor_id,
            "status": self.status,
            "paused": len(self.paused),
            "skipped": len(self.skipped),
            "open offers": len(self.offers),
            "waiting swaps": len(self.swaps),
            "promotion": self.promotion,
            "offer window": self.offer_window_s,
            "one section": self.rule,
            "course code": self.course_code,
            "section number": self.section_number,
            **called,
        }

    @property
    def taken(self) -> int:
        return self.enrolled + len(self.offers)

    @property
    def in_turn(self) -> int:
        return self.in_line - len(self.paused) - len(self.offers)

    @property
    def enrolled(self) -> int:
        return len(self.seated) + self.seated_strangers

    @property
    def in_line(self) -> int:
        return len(self.waiting) + self.waiting_strangers
