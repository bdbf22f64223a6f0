"""What must be true of a class at every single moment (design, section 4, rules 1 to 3), looked up in its snapshots."""

from collections.abc import Iterator

from verify import columns
from verify.history import History, Snapshot, Violation


def check(history: History) -> list[Violation]:
    found = [violation for snapshot in history.snapshots for violation in of_snapshot(snapshot)]
    capacities = {snapshot.class_id: snapshot.capacity for snapshot in history.snapshots}
    for answer in history.answers:
        capacity = max(capacities.get(answer.class_id, 0), history.largest.get(answer.class_id, 0))
        if capacity and answer.seats_taken is not None and answer.seats_taken > capacity:
            found.append(Violation(columns.OVER_CAPACITY, f"{answer}: {answer.seats_taken} of {capacity} seats"))
    return found


def of_snapshot(snapshot: Snapshot) -> Iterator[Violation]:
    where = f"class {snapshot.class_id} at {snapshot.ended_s:.2f} s"
    seated, waiting = len(snapshot.seated), len(snapshot.line)
    if max(seated, snapshot.current_enrollment) > snapshot.capacity:
        yield Violation(columns.OVER_CAPACITY, f"{where}: {seated} seated in {snapshot.capacity} seats")
    if waiting > snapshot.places:
        yield Violation(columns.OVER_CAPACITY, f"{where}: {waiting} wait in {snapshot.places} places")
    if (seated, waiting) != (snapshot.current_enrollment, snapshot.current_waitlist):
        counts = f"{snapshot.current_enrollment} and {snapshot.current_waitlist}"
        yield Violation(columns.WRONG_COUNTS, f"{where}: {seated} sit and {waiting} wait, the class says {counts}")
    in_line = [student for _, student in snapshot.line]
    both = (snapshot.seated & set(in_line)) | set(snapshot.contradictory)
    both |= {student for student in in_line if in_line.count(student) > 1}
    for student in sorted(both):
        yield Violation(columns.BOTH, f"{where}: student {student}")
    if waiting and seated < snapshot.capacity:
        yield Violation(columns.FREE_SEAT, f"{where}: {seated} of {snapshot.capacity} seats, {waiting} wait")
    if len({place for place, _ in snapshot.line}) < waiting:
        yield Violation(columns.OVERTAKEN, f"{where}: two students have one place in line")
