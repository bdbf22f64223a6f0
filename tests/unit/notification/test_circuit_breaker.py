"""What a paused receiver gets."""

import pytest

from kit.errors import Unavailable
from notification.domain.event import Event
from notification.domain.outcome import PermanentFailure
from notification.senders.circuit_breaker import CircuitBreaker
from tests.unit.notification.test_handler import Sender
from tests.unit.notification.test_mail import EVENT


class Paused:
    def __init__(self, answer: bool | Exception) -> None:
        self._answer = answer

    def paused(self, student_id: int, proxy: str) -> bool:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class WebhookSender(Sender):
    def endpoint(self, event: Event) -> str | None:
        return "https%3A%2F%2Fsmee.io%2Fabc"


def pausing(sender: Sender, answer: bool | Exception) -> CircuitBreaker:
    return CircuitBreaker(sender, Paused(answer))


def test_a_paused_receiver_gets_nothing() -> None:
    sender = WebhookSender()
    with pytest.raises(PermanentFailure, match="is paused; resume it"):
        pausing(sender, True).send(EVENT)
    assert sender.sent == []


@pytest.mark.parametrize("answer", [False, Unavailable("Redis does not answer")])
def test_any_other_gets_the_notice_and_so_does_one_of_which_it_is_not_known(answer: bool | Exception) -> None:
    sender = WebhookSender()
    pausing(sender, answer).send(EVENT)
    assert sender.sent == [EVENT.id]


def test_what_has_no_endpoint_is_never_paused() -> None:
    sender = Sender()
    pausing(sender, True).send(EVENT)
    assert sender.sent == [EVENT.id]
