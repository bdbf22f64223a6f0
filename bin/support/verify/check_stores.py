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
    taken = seated + len(snapshot.offered)
    if max(taken, snapshot.current_enrollment + snapshot.open_offers) > snapshot.capacity:
        text = f"{seated} seated and {len(snapshot.offered)} on offer, of {snapshot.capacity} seats"
        yield Violation(columns.OVER_CAPACITY, f"{where}: {text}")
    if waiting > snapshot.places:
        yield Violation(columns.OVER_CAPACITY, f"{where}: {waiting} wait in {snapshot.places} places")
    counted = (snapshot.current_enrollment, snapshot.current_waitlist, snapshot.open_offers)
    if (seated, waiting, len(snapshot.offered)) != counted:
        text = f"{seated} sit, {waiting} wait, {len(snapshot.offered)} of them with an offer; the class says {counted}"
        yield Violation(columns.WRONG_COUNTS, f"{where}: {text}")
    in_line = [student for _, student in snapshot.line]
    both = (snapshot.seated & set(in_line)) | set(snapshot.contradictory)
    both |= {student for student in in_line if in_line.count(student) > 1}
    for student in sorted(both):
        yield Violation(columns.BOTH, f"{where}: student {student}")
    if snapshot.in_turn and taken < snapshot.capacity:
        text = f"{taken} of {snapshot.capacity} seats taken or on offer, {len(snapshot.in_turn)} wait"
        yield Violation(columns.FREE_SEAT, f"{where}: {text}")
    if len({place for place, _ in snapshot.line}) < waiting:
        yield Violation(columns.OVERTAKEN, f"{where}: two students have one place in line")
