"""At rest, with no request under way, everything that tells of a class tells the same: DynamoDB, Redis and the API."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from verify import columns
from verify.history import Snapshot, Violation


@dataclass(frozen=True)
class Telling:
    """What Redis and the API say of one class. `positions`: student → (position, length), None for not in line."""

    class_id: int
    current_enrollment: int
    current_waitlist: int
    enrolled: list[int]
    dropped: list[int]
    waitlist: list[int]
    line_in_redis: list[int]
    positions: dict[int, tuple[int, int] | None] = field(default_factory=dict)


def check(snapshot: Snapshot, telling: Telling) -> list[Violation]:
    where = f"class {telling.class_id} at rest"
    seated_and_in_line = sorted(snapshot.seated & set(telling.line_in_redis))
    found = [Violation(columns.BOTH, f"{where}: student {student} in Redis's line") for student in seated_and_in_line]
    for listed in (telling.waitlist, telling.line_in_redis, telling.enrolled):
        found += [Violation(columns.BOTH, f"{where}: {listed} names somebody twice")] * (len(set(listed)) < len(listed))
    return found + [Violation(columns.CONTRADICTION, f"{where}: {text}") for text in _differences(snapshot, telling)]


def _differences(snapshot: Snapshot, telling: Telling) -> Iterator[str]:
    line = [student for _, student in snapshot.line]
    compared = {
        "seats taken": (telling.current_enrollment, len(snapshot.seated)),
        "places taken": (telling.current_waitlist, len(line)),
        "enrolled students": (sorted(telling.enrolled), sorted(snapshot.seated)),
        "dropped students": (sorted(telling.dropped), sorted(snapshot.dropped)),
        "the instructor's waitlist": (telling.waitlist, line),
        "the line in Redis": (telling.line_in_redis, line),
    }
    for what, (told, true) in compared.items():
        if told != true:
            yield f"{what}: told {told}, in DynamoDB {true}"
    for student, position in telling.positions.items():
        true_position = (line.index(student) + 1, len(line)) if student in line else None
        if position != true_position:
            yield f"the position of student {student}: told {position}, is {true_position}"
