"""The order of check, effect and record, with every part that can fail failing."""

import pytest

from kit.errors import Unavailable
from notification.consumer.handler import IdempotentHandler
from notification.domain.claim import Claim
from notification.domain.event import Event
from notification.domain.outcome import (
    Ack,
    DeadLetter,
    LeaveUnacked,
    PermanentFailure,
    Requeue,
    RetryLater,
    TemporaryFailure,
)
from notification.domain.sender import Destination
from tests.unit.notification.test_mail import EVENT


class Sender:
    channel = "email"

    def __init__(self, failure: Exception | None = None) -> None:
        self.sent: list[str] = []
        self._failure = failure

    def wants(self, event: Event) -> bool:
        return True

    def destination(self, event: Event) -> Destination:
        return Destination("", "")

    def send(self, event: Event) -> None:
        if self._failure is not None:
            raise self._failure
        self.sent.append(event.id)


class Sent:
    """`outages` is how many calls fail before the store is back."""

    def __init__(self, known: set[tuple[str, str | None]] | None = None, outages: int = 0) -> None:
        self.known = known or set()
        self.outages = outages
        self.claimed: set[tuple[str, str | None]] = set()

    def claim(self, event_id: str, replay_id: str | None) -> Claim:
        self._fail()
        if (event_id, replay_id) in self.known:
            return Claim.SENT
        if (event_id, replay_id) in self.claimed:
            return Claim.IN_FLIGHT
        self.claimed.add((event_id, replay_id))
        return Claim.OURS

    def mark_sent(self, event_id: str, replay_id: str | None) -> None:
        self._fail()
        self.known.add((event_id, replay_id))

    def release(self, event_id: str, replay_id: str | None) -> None:
        self.claimed.discard((event_id, replay_id))

    def _fail(self) -> None:
        if self.outages:
            self.outages -= 1
            raise Unavailable("DynamoDB does not answer")


def handler(sender: Sender, sent: Sent, *, stopping: bool = False) -> IdempotentHandler:
    return IdempotentHandler(sender, sent, stopping=lambda: stopping, pause=lambda _: None)


def test_what_is_sent_is_recorded() -> None:
    sender, sent = Sender(), Sent()
    assert handler(sender, sent).deliver(EVENT, None) == Ack()
    assert sender.sent == [EVENT.id]
    assert sent.known == {(EVENT.id, None)}


def test_what_is_on_record_is_not_sent() -> None:
    sender = Sender()
    assert handler(sender, Sent({(EVENT.id, None)})).deliver(EVENT, None) == Ack(duplicate=True)
    assert sender.sent == []


def test_a_replay_is_sent_although_its_event_is_on_record() -> None:
    sender, sent = Sender(), Sent({(EVENT.id, None)})
    assert handler(sender, sent).deliver(EVENT, "again") == Ack()
    assert handler(sender, sent).deliver(EVENT, "again") == Ack(duplicate=True)
    assert sender.sent == [EVENT.id]


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (TemporaryFailure("busy", 7), RetryLater("busy", 7)),
        (PermanentFailure("no such user"), DeadLetter("no such user")),
    ],
)
def test_a_failure_is_not_recorded_as_sent(failure: Exception, outcome: object) -> None:
    sent = Sent()
    assert handler(Sender(failure), sent).deliver(EVENT, None) == outcome
    assert sent.known == set()
    assert sent.claimed == set()  # the retry may be faster than the claim runs out


def test_what_another_consumer_is_sending_comes_round_again_and_is_not_sent() -> None:
    sender, sent = Sender(), Sent()
    sent.claimed = {(EVENT.id, None)}
    assert handler(sender, sent).deliver(EVENT, None) == Requeue("a copy is in flight")
    assert sender.sent == []
    assert sent.claimed == {(EVENT.id, None)}


def test_a_failure_nobody_foresaw_lets_the_claim_go() -> None:
    sent = Sent()
    with pytest.raises(KeyError):
        handler(Sender(KeyError("unforeseen")), sent).deliver(EVENT, None)
    assert sent.claimed == set()


def test_an_outage_of_the_sent_is_waited_out_before_sending_and_after() -> None:
    sender, sent = Sender(), Sent(outages=5)
    assert handler(sender, sent).deliver(EVENT, None) == Ack()
    sent.known.clear()
    sent.outages = 0
    assert len(sender.sent) == 1


def test_when_stopping_in_an_outage_nothing_is_sent_and_the_message_is_left() -> None:
    sender = Sender()
    assert handler(sender, Sent(outages=99), stopping=True).deliver(EVENT, None) == LeaveUnacked()
    assert sender.sent == []


def test_a_message_whose_connection_is_gone_is_not_sent() -> None:
    sender = Sender()
    sent = Sent()
    assert handler(sender, sent).deliver(EVENT, None, lambda: False) == LeaveUnacked()
    assert sender.sent == []
    assert sent.claimed == set()


def test_an_outage_that_lasts_sends_nothing_and_gives_the_message_back() -> None:
    sender = Sender()
    one = IdempotentHandler(
        sender, Sent(outages=10**9), stopping=lambda: False, pause=lambda _: None, look_up_within_s=0.05
    )
    assert one.deliver(EVENT, None) == Requeue("DynamoDB does not answer")
    assert sender.sent == []
