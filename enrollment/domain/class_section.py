"""A class: what is known of it without looking at its students."""

from dataclasses import dataclass
from enum import StrEnum

from enrollment.domain.course_rule import MOST_SKIPPED, NO_RULE, CourseRule
from enrollment.domain.history import NO_HISTORY, Head
from enrollment.domain.sections import normalized_code


class ClassStatus(StrEnum):
    """Whether a class takes students. `REMOVING` is on the way out: to everybody else it does not exist any more."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    REMOVING = "removing"


class Promotion(StrEnum):
    """The use of a free seat: the next in line gets it, or is offered it for a while."""

    AUTOMATIC = "automatic"
    OFFER = "offer"


@dataclass
class ClassSection:
    class_id: int
    course_code: str
    section_number: int
    class_name: str
    department: str
    instructor_id: int
    max_capacity: int
    waitlist_maximum: int
    current_enrollment: int
    current_waitlist: int
    status: ClassStatus
    version: int
    line_version: int
    history: Head = NO_HISTORY
    waiting_swaps: int = 0  # how many of those who wait give up a seat elsewhere when they get one here
    paused: int = 0  # how many of those who wait are passed over, as they asked or by the course's rule
    open_offers: int = 0  # seats held for as many of those who wait
    promotion: Promotion = Promotion.AUTOMATIC
    offer_window_s: int = 0
    rule: CourseRule = NO_RULE
    line_clock_s: int | None = 0  # see adapters.waitlist_cache; 0: no change of the line yet; None: not known
    skipped: int = 0  # how many of the paused are so by the course's rule

    @property
    def course(self) -> str:
        """The course, which its sections have in common."""
        return normalized_code(self.course_code)

    def is_newer_than(self, other: "ClassSection") -> bool:
        """Of two states of one class, also when it was made anew in an emptied database: with a later line version."""
        return (self.line_version, self.version) > (other.line_version, other.version)

    @property
    def open_seats(self) -> int:
        """Free, and held for nobody."""
        return max(0, self.max_capacity - self.current_enrollment - self.open_offers)

    @property
    def in_turn(self) -> int:
        """How many wait for a seat: not those who pause, nor those whom one is offered."""
        return self.current_waitlist - self.paused - self.open_offers

    @property
    def seats_newcomers(self) -> bool:
        """A seat is free and nobody waits for it."""
        return self.open_seats > 0 and self.in_turn == 0

    @property
    def all_in_turn(self) -> bool:
        return self.in_turn == self.current_waitlist

    def heads_for(self, moves: int) -> int:
        """How many of those next in line must be known, so that so many of them get seats, at most."""
        return moves + MOST_SKIPPED if moves and self.rule.applies else moves

    @property
    def has_room(self) -> bool:
        """Whether somebody could still get a seat or a place in line."""
        return self.open_seats > 0 or self.current_waitlist < self.waitlist_maximum

    @property
    def promotions_due(self) -> int:
        """How many wait beside a seat that is free: some only between two transactions of one big change."""
        return 0 if self.status is ClassStatus.REMOVING else max(0, min(self.open_seats, self.in_turn))

    @property
    def has_vacancy_for_waitlist(self) -> bool:
        return self.promotions_due > 0
