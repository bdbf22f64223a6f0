"""The order of check, effect and record, with every part that can fail failing."""

import pytest

from kit.errors import Unavailable
from notification.consumer.handler import IdempotentHandler
from notification.domain.event import EnrollmentPromoted
from notification.domain.outcome import DeadLetter, Done, Leave, PermanentFailure, RetryLater, TemporaryFailure
from tests.unit.notification.test_mail import EVENT


class Sender:
    channel = "email"

    def __init__(self, failure: Exception | None = None) -> None:
        self.sent: list[str] = []
        self._failure = failure

    def wants(self, event: EnrollmentPromoted) -> bool:
        return True

    def host(self, event: EnrollmentPromoted) -> str:
        return ""

    def send(self, event: EnrollmentPromoted) -> None:
        if self._failure is not None:
            raise self._failure
        self.sent.append(event.id)


class Records:
    """`outages` is how many calls fail before the store is back."""

    def __init__(self, known: set[tuple[str, str | None]] | None = None, outages: int = 0) -> None:
        self.known = known or set()
        self.outages = outages

    def has(self, event_id: str, replay_id: str | None) -> bool:
        self._fail()
        return (event_id, replay_id) in self.known

    def add(self, event_id: str, replay_id: str | None) -> None:
        self._fail()
        self.known.add((event_id, replay_id))

    def _fail(self) -> None:
        if self.outages:
            self.outages -= 1
            raise Unavailable("Redis does not answer")


def courier(sender: Sender, records: Records, *, stopping: bool = False) -> IdempotentHandler:
    return IdempotentHandler(sender, records, stopping=lambda: stopping, pause=lambda _: None)


def test_what_is_sent_is_recorded() -> None:
    sender, records = Sender(), Records()
    assert courier(sender, records).deliver(EVENT, None) == Done("delivered")
    assert sender.sent == [EVENT.id]
    assert records.known == {(EVENT.id, None)}


def test_what_is_on_record_is_not_sent() -> None:
    sender = Sender()
    assert courier(sender, Records({(EVENT.id, None)})).deliver(EVENT, None) == Done("was delivered before")
    assert sender.sent == []


def test_a_replay_is_sent_although_its_event_is_on_record() -> None:
    sender, records = Sender(), Records({(EVENT.id, None)})
    assert courier(sender, records).deliver(EVENT, "again") == Done("delivered")
    assert courier(sender, records).deliver(EVENT, "again") == Done("was delivered before")
    assert sender.sent == [EVENT.id]


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (TemporaryFailure("busy", 7), RetryLater("busy", 7)),
        (PermanentFailure("no such user"), DeadLetter("no such user")),
    ],
)
def test_a_failure_is_not_recorded_as_sent(failure: Exception, outcome: object) -> None:
    records = Records()
    assert courier(Sender(failure), records).deliver(EVENT, None) == outcome
    assert records.known == set()


def test_an_outage_of_the_records_is_waited_out_before_sending_and_after() -> None:
    sender, records = Sender(), Records(outages=5)
    assert courier(sender, records).deliver(EVENT, None) == Done("delivered")
    records.known.clear()
    records.outages = 0
    assert len(sender.sent) == 1


def test_when_stopping_in_an_outage_nothing_is_sent_and_the_message_is_left() -> None:
    sender = Sender()
    assert courier(sender, Records(outages=99), stopping=True).deliver(EVENT, None) == Leave()
    assert sender.sent == []


def test_a_message_whose_connection_is_gone_is_not_sent() -> None:
    sender = Sender()
    assert courier(sender, Records()).deliver(EVENT, None, lambda: False) == Leave()
    assert sender.sent == []
