"""What the log says of each outcome, and what it does not show."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit.errors import Unavailable
from notification.adapters.queue_consumer import Message
from notification.consumer.attempt_log import AttemptLog
from notification.domain.attempt import Attempt
from notification.domain.delivery import LoggedAttempt, NewAttempt, masked_address, masked_url
from notification.domain.event import Event
from notification.domain.outcome import Ack, DeadLetter, LeaveUnacked, Outcome, Requeue, RetryLater
from notification.domain.retries import RetrySchedule
from tests.unit.notification.test_mail import EVENT

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
TRIED = Attempt(NOW - timedelta(seconds=1), 41, 200)


class Log:
    def __init__(self, failure: Unavailable | None = None, pauses: bool = False) -> None:
        self.noted: list[LoggedAttempt] = []
        self._failure = failure
        self.pauses = pauses

    def add_all(self, channel: str, attempts: Sequence[NewAttempt]) -> list[bool | Unavailable]:
        if self._failure is not None:
            return [self._failure] * len(attempts)
        self.noted += [one.attempt for one in attempts]
        return [self.pauses] * len(attempts)


def noted(outcome: Outcome, headers: dict[str, Any] | None = None, log: Log | None = None) -> list[LoggedAttempt]:
    log, told = log or Log(), list[Event]()
    message = Message(b"", "event-1", 7, headers or {}, ack=lambda: None, still_ours=lambda: True)
    attempt_log = AttemptLog("email", log, RetrySchedule([1000, 5000]), told.append, lambda: NOW)
    attempt_log.log_attempts([(message, EVENT, outcome)])
    assert told == ([EVENT] if log.pauses else [])
    return log.noted


def test_each_attempt_is_noted_with_its_result_and_when_the_next_is() -> None:
    in_1_s, in_5_s = NOW + timedelta(seconds=1), NOW + timedelta(seconds=5)
    assert noted(Ack(attempt=TRIED)) == [LoggedAttempt(TRIED, "delivered")]
    assert noted(RetryLater("busy", 0, TRIED)) == [LoggedAttempt(TRIED, "retrying", "busy", in_1_s)]
    assert noted(RetryLater("busy", 3, TRIED)) == [LoggedAttempt(TRIED, "retrying", "busy", in_5_s)]
    assert noted(RetryLater("busy", 0, TRIED), {"x-attempts": 2}) == [LoggedAttempt(TRIED, "failed", "busy")]
    assert noted(DeadLetter("refused", attempt=TRIED)) == [LoggedAttempt(TRIED, "failed", "refused")]


def test_a_redelivery_is_noted_as_one() -> None:
    assert noted(Ack(attempt=TRIED), {"x-replay": "r"}) == [LoggedAttempt(TRIED, "delivered", redelivery=True)]


def test_an_attempt_that_broke_down_unforeseen_is_noted_too() -> None:
    [logged] = noted(RetryLater("unexpected KeyError"))
    assert (logged.attempt, logged.error) == (Attempt(NOW), "unexpected KeyError")


@pytest.mark.parametrize("outcome", [Ack(duplicate=True), Requeue("full"), LeaveUnacked(), DeadLetter("x", False)])
def test_what_was_not_tried_is_not_noted(outcome: Outcome) -> None:
    assert noted(outcome) == []


def test_a_log_that_does_not_answer_costs_nothing_but_the_note(caplog: pytest.LogCaptureFixture) -> None:
    assert noted(Ack(attempt=TRIED), log=Log(Unavailable("away"))) == []
    assert "is not in the log of deliveries" in caplog.text


def test_an_error_that_repeats_the_address_shows_it_masked() -> None:
    assert EVENT.email
    [logged] = noted(DeadLetter(f"the mail server answered 550 <{EVENT.email}> unknown", attempt=TRIED))
    assert EVENT.email not in (logged.error or "")
    assert masked_address(EVENT.email) in (logged.error or "")


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt", "https://smee.io/iYNw…"),
        ("https%3A%2F%2Fhooks.example%2Fservices%2FT0%2Fsecret", "https://hooks.example/serv…"),
        ("http%3A%2F%2F127.0.0.1%3A9999%2Fab", "http://127.0.0.1:9999/ab"),
        ("https%3A%2F%2Fsmee.io%2Fab%3Ftoken%3Dsecret", "https://smee.io/ab…"),
        ("https%3A%2F%2Fsmee.io", "https://smee.io"),
        ("nonsense", "not a URL"),
    ],
)
def test_of_a_url_the_host_and_a_hint_of_the_path_are_shown(stored: str, shown: str) -> None:
    assert masked_url(stored) == shown


def test_of_an_address_the_first_letter_and_the_domain_are_shown() -> None:
    assert masked_address("abhinav@example.com") == "a…@example.com"


def test_when_the_receiver_is_paused_the_student_is_told() -> None:
    assert noted(RetryLater("busy", 0, TRIED), log=Log(pauses=True))  # asserted in noted()


def test_what_was_not_sent_says_nothing_about_the_receiver() -> None:
    assert LoggedAttempt(TRIED, "failed", "no answer in time").was_sent
    assert not LoggedAttempt(TRIED, "failed", "not sent: this receiver is paused").was_sent
    assert not LoggedAttempt(Attempt(NOW), "retrying", "unexpected KeyError").was_sent
