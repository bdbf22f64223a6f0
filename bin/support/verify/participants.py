"""The participants of a campaign: its classes, its students, and what they subscribe to."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from verify.history import History

STUDENTS = 24
STUDENTS_OF_A_CLASS = 18
CHANNELS = (frozenset({"email", "webhook"}), frozenset({"webhook"}), frozenset({"email"}), frozenset[str]())
# seats, places in line: lines that are short and always move, and one that hardly does
SIZES = ((1, 12), (2, 8), (4, 6), (6, 3))


@dataclass(frozen=True)
class Participants:
    """`members`: the students of each class. `name` is in the course codes and mail addresses of this campaign.

    `quiet` is a class nobody enrolls in, to which students subscribe and unsubscribe.
    """

    name: str
    members: dict[int, list[int]]
    quiet: int = 0

    @property
    def students(self) -> list[int]:
        return sorted({student for students in self.members.values() for student in students})

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return [(student, class_id) for class_id, students in self.members.items() for student in students]

    def address(self, student: int) -> str:
        return f"verify-{self.name}-{student}@example.com"


def new_name() -> str:
    return secrets.token_hex(4)


def enroll_all(name: str, history: History, students: Sequence[int], quiet: int) -> Participants:
    """Each class gets a part of the students; of four students one has both channels, two have one, one has none."""
    members = {}
    for index, class_id in enumerate(history.class_ids):
        members[class_id] = [students[(index * 6 + i) % len(students)] for i in range(STUDENTS_OF_A_CLASS)]
        for i, student in enumerate(members[class_id]):
            if channels := CHANNELS[(i + index) % len(CHANNELS)]:
                history.subscriptions[student, class_id] = channels
    return Participants(name, members, quiet)
