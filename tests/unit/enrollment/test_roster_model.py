"""The rules of seats and line, against the plain model, over random histories committed in random batches."""

from itertools import count, islice
from typing import Any

from hypothesis import given, note, settings

from enrollment.audit.chain import checked
from enrollment.audit.replay import Replayed
from enrollment.domain.class_section import ClassStatus
from enrollment.domain.record import Dropped, Seated, State, Waiting
from kit.errors import AppError
from tests.support.model import ModelClass
from tests.support.scripts import Script, scripts
from tests.unit.enrollment.shelf import Shelf, outcome, section


def answer(reply: Any) -> tuple[int, Any]:
    """What of a reply the model knows: the status, and the numbers in it."""
    match reply:
        case AppError():
            return reply.status, None
        case Seated():
            return 200, reply.current_enrollment
        case Dropped():
            return 200, (reply.promoted is not None, reply.current_enrollment)
        case Waiting() | None:
            return 200, None
    raise AssertionError(reply)


def expected(reply: tuple[int, Any]) -> tuple[int, Any]:
    status, body = reply
    if body is None or "updated_current_enrollment" not in body:
        return status, None
    if "new_student" in body:
        return status, (body["new_student"] is not None, body["updated_current_enrollment"])
    return status, body["updated_current_enrollment"]


class History:
    def __init__(self, capacity: int, places: int) -> None:
        self.shelf = Shelf(section(capacity, places))
        # The chain is checked as it grows: entry after entry, each once.
        self.chain = checked(7, (self.shelf.entries[number] for number in count()))
        self.audited, self.read = Replayed(), 0
        self.model = ModelClass(7, capacity, places)

    def commit_together(self, script: Script) -> None:
        names = ["enroll", "drop", "leave"]
        deeds = [(script.one_of(names), script.number(1, 8)) for _ in range(script.number(1, 6))]
        note(f"together: {deeds}")
        wanted = [expected(getattr(self.model, name)(student)) for name, student in deeds]
        assert [answer(reply) for reply in self.shelf.commit(*deeds)] == wanted

    def set_status(self, script: Script) -> None:
        active = script.one_of([True, False])
        note(f"active: {active}")
        roster = self.shelf.load([], 0)
        roster.set_status(ClassStatus.ACTIVE if active else ClassStatus.INACTIVE)
        self.shelf.save(roster)
        self.model.set_active(active)

    def resize(self, script: Script) -> None:
        capacity, places = script.number(1, 6), script.number(0, 6)
        note(f"resize: {capacity}, {places}")
        wanted, _ = self.model.resize(capacity, places)
        roster = self.shelf.load([], 99)
        refusal = outcome(lambda _: roster.resize(capacity, places), 0)
        roster.promote_waiting(99)
        self.shelf.save(roster)
        assert (409 if refusal else 200) == wanted

    def counts_are_true_and_the_line_is_in_order(self) -> None:
        records = self.shelf.records.values()
        line = sorted((r for r in records if r.state is State.WAITLISTED), key=lambda r: r.sequence_number)
        assert {r.student_id for r in records if r.state is State.ENROLLED} == self.model.seated
        assert [r.student_id for r in line] == self.model.line
        assert self.shelf.section.current_enrollment == len(self.model.seated) <= self.shelf.section.max_capacity
        assert self.shelf.section.current_waitlist == len(self.model.line)
        assert all((r.since_s > 0) == (r.state is State.WAITLISTED) == (r.sequence_number > 0) for r in records)
        assert not self.shelf.section.has_vacancy_for_waitlist
        assert {r.student_id: r.enrollment_id for r in records} == self.model.numbers

    def the_history_tells_how_it_came(self) -> None:
        entries = self.shelf.entries
        for entry in islice(self.chain, len(entries) - self.read):
            self.audited.apply(entry)
        self.read = len(entries)
        records = self.shelf.records.values()
        assert self.shelf.section.history.number == len(entries)
        if entries:
            assert self.shelf.section.history.hash == entries[-1]["hash"]
            assert self.audited.waiting == {
                r.student_id: r.sequence_number for r in records if r.state is State.WAITLISTED
            }
            assert self.audited.seated == self.model.seated
            assert self.audited.dropped == {r.student_id for r in records if r.state is State.DROPPED}
            assert self.audited.capacity == self.shelf.section.max_capacity


@settings(max_examples=100)
@given(scripts(about=150))
def test_any_history_is_what_the_model_says_and_can_be_told(script: Script) -> None:
    history = History(script.number(1, 3), script.number(0, 4))
    for deed in script.deeds([History.commit_together, History.set_status, History.resize]):
        deed(history, script)
        history.counts_are_true_and_the_line_is_in_order()
        history.the_history_tells_how_it_came()
