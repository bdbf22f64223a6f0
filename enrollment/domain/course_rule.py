"""One section per course: a rule that a registrar sets for all sections of a course at once.

While it is in force, who has a seat in one section gets none in another, unless the first is given up for it (a swap).
A student who waits in another section all the same, having joined that line before getting the seat, keeps the place
and is passed over, until they ask for a swap or have the seat no more.

A student's claim says in which sections of the course they may have a seat. It is written in the transaction that
gives a seat, if it is still at the version that was read, so of two seats that are given at one moment one is decided
again. Where a seat was given up the claim stays: it says where one may be, and the records say whether it is.
"""

from dataclasses import dataclass, field
from enum import StrEnum

MOST_SKIPPED = 5  # in one transaction; if there are more, the next one finds who is to get the seat


class OneSection(StrEnum):
    """`STARTING`: new seats are held to the rule, and those given before it are still being claimed."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"


@dataclass(frozen=True)
class CourseRule:
    """`number` counts the changes of a course's rule: of two, the one with the greater number is in force."""

    one_section: OneSection = OneSection.OFF
    number: int = 0

    @property
    def applies(self) -> bool:
        return self.one_section is not OneSection.OFF


NO_RULE = CourseRule()


@dataclass
class Claim:
    """The classes of one course in which a student has a seat, as it is decided; the stored claim's version when it was
    read (0: there was none)."""

    held: set[int] = field(default_factory=set)
    version: int = 0


Claims = dict[tuple[str, int], Claim]
"""By course (domain.sections.normalized_code) and student."""
