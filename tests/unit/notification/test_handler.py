"""The order of claim, effect and record, with every part that can fail failing."""

from collections.abc import Sequence
from functools import partial

import pytest

from kit.errors import Unavailable
from notification.consumer.handler import IdempotentHandler
from notification.domain.claim import Claim, NoticeKey
from notification.domain.event import Event
from notification.domain.outcome import (
    Ack,
    DeadLetter,
    LeaveUnacked,
    Outcome,
    PermanentFailure,
    Requeue,
    RetryLater,
    TemporaryFailure,
)
from notification.domain.sender import Destination, attempt
from tests.unit.notification.test_mail import EVENT

KEY = NoticeKey(EVENT.id)
AGAIN = NoticeKey(EVENT.id, "again")


class Sender:
    channel = "email"

    def __init__(self, failure: Exception | None = None) -> None:
        self.sent: list[str] = []
        self._failure = failure

    def wants(self, event: Event) -> bool:
        return True

    def destination(self, event: Event) -> Destination:
        return Destination("", "")

    def target(self, event: Event) -> str:
        return "a…@example.com"

    def endpoint(self, event: Event) -> str | None:
        return None

    def send(self, event: Event) -> None:
        if self._failure is not None:
            raise self._failure
        self.sent.append(event.id)


class Sent:
    """`outages` is how many calls fail before the store is back."""

    def __init__(self, known: set[NoticeKey] | None = None, outages: int = 0) -> None:
        self.known = known or set()
        self.outages = outages
        self.claimed: set[NoticeKey] = set()

    def claim(self, notices: Sequence[NoticeKey]) -> list[Claim]:
        self._fail()
        return [self._claim(notice) for notice in notices]

    def _claim(self, notice: NoticeKey) -> Claim:
        if notice in self.known:
            return Claim.SENT
        if notice in self.claimed:
            return Claim.IN_FLIGHT
        self.claimed.add(notice)
        return Claim.OURS

    def holds(self, notice: NoticeKey) -> bool:
        return notice in self.claimed

    def mark_sent(self, notices: Sequence[NoticeKey]) -> None:
        self._fail()
        self.known |= set(notices)

    def release(self, notices: Sequence[NoticeKey]) -> None:
        self.claimed -= set(notices)

    def _fail(self) -> None:
        if self.outages:
            self.outages -= 1
            raise Unavailable("DynamoDB does not answer")


class Store:
    def __init__(self) -> None:
        self.away = False

    def lost(self) -> None:
        self.away = True


class Deliveries:
    """A handler and what it works on; `deliver` takes one notice through all its steps."""

    def __init__(self, sender: Sender, sent: Sent, *, stopping: bool = False) -> None:
        self.sender = sender
        self.store = Store()
        self.handler = IdempotentHandler(
            "email",
            sent,
            stopping=lambda: stopping,
            pause=lambda _: None,
            store=self.store,
            look_up_within_s=0.05,
        )

    def deliver(self, notice: NoticeKey = KEY, *, still_ours: bool = True) -> Outcome:
        [outcome] = self.handler.claim([notice], lambda: still_ours)
        if outcome is None:
            outcome = self.handler.send(
                [notice], partial(attempt, partial(self.sender.send, EVENT)), lambda: still_ours
            )
            self.handler.record([(notice, outcome)])
        return outcome


def test_what_is_sent_is_recorded() -> None:
    sender, sent = Sender(), Sent()
    assert Deliveries(sender, sent).deliver() == Ack()
    assert sender.sent == [EVENT.id]
    assert sent.known == {KEY}


def test_what_is_on_record_is_not_sent() -> None:
    sender = Sender()
    assert Deliveries(sender, Sent({KEY})).deliver() == Ack(duplicate=True)
    assert sender.sent == []


def test_a_replay_is_sent_although_its_event_is_on_record() -> None:
    sender, sent = Sender(), Sent({KEY})
    assert Deliveries(sender, sent).deliver(AGAIN) == Ack()
    assert Deliveries(sender, sent).deliver(AGAIN) == Ack(duplicate=True)
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
    assert Deliveries(Sender(failure), sent).deliver() == outcome
    assert sent.known == set()
    assert sent.claimed == set()  # the retry may be faster than the claim runs out


def test_what_another_consumer_is_sending_comes_round_again_and_is_not_sent() -> None:
    sender, sent = Sender(), Sent()
    sent.claimed = {KEY}
    assert Deliveries(sender, sent).deliver() == Requeue("a copy is in flight")
    assert sender.sent == []
    assert sent.claimed == {KEY}


def test_each_of_a_batch_has_an_outcome_of_its_own() -> None:
    new, sent_before, in_flight, failed = (NoticeKey(str(number)) for number in range(4))
    sent = Sent({sent_before})
    sent.claimed = {in_flight}
    handler = Deliveries(Sender(), sent).handler
    outcomes = handler.claim([new, sent_before, in_flight, failed])
    assert outcomes == [None, Ack(duplicate=True), Requeue("a copy is in flight"), None]
    handler.record([(new, Ack()), (failed, RetryLater("busy"))])
    assert sent.known == {sent_before, new}
    assert failed not in sent.claimed


def test_an_outage_of_the_store_is_waited_out_before_sending_and_after() -> None:
    sender, sent = Sender(), Sent(outages=5)
    deliveries = Deliveries(sender, sent)
    assert deliveries.handler.claim([KEY]) == [None]
    sent.outages = 5
    deliveries.handler.record([(KEY, Ack())])
    assert sent.known == {KEY}
    assert not deliveries.store.away


def test_when_stopping_in_an_outage_nothing_is_sent_and_the_message_is_left() -> None:
    sender = Sender()
    assert Deliveries(sender, Sent(outages=99), stopping=True).deliver() == LeaveUnacked()
    assert sender.sent == []


def test_what_is_claimed_when_the_process_is_to_end_is_left_to_the_next_at_once() -> None:
    sender, sent = Sender(), Sent()
    assert Deliveries(sender, sent, stopping=True).deliver() == LeaveUnacked()
    assert (sender.sent, sent.claimed) == ([], set())


def test_a_message_whose_connection_is_gone_is_not_sent() -> None:
    sender, sent = Sender(), Sent()
    assert Deliveries(sender, sent).deliver(still_ours=False) == LeaveUnacked()
    assert (sender.sent, sent.claimed) == ([], set())


def test_a_claim_that_ran_out_before_the_notice_was_sent_sends_nothing() -> None:
    sender, sent = Sender(), Sent()
    handler = Deliveries(sender, sent).handler
    assert handler.claim([KEY]) == [None]
    sent.claimed.clear()  # as after a SIGSTOP of some seconds
    outcome = handler.send([KEY], partial(attempt, partial(sender.send, EVENT)))
    assert outcome == Requeue("the claim ran out before it was sent")
    assert sender.sent == []


def test_an_outage_that_lasts_sends_nothing_gives_messages_back_and_says_so() -> None:
    sender = Sender()
    deliveries = Deliveries(sender, Sent(outages=10**9))
    assert deliveries.deliver() == Requeue("DynamoDB does not answer")
    assert sender.sent == []
    assert deliveries.store.away
