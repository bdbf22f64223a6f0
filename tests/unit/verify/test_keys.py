"""A change is sent again with its key while nothing is known of it; what was answered is answered the same again."""

from dataclasses import dataclass, field

import httpx
import pytest
from verify.history import History
from verify.keyed import KeyedRequests

ASKED = httpx.Request("DELETE", "http://gateway.test/student/remove/7")


def said(status: int, detail: str, *, replayed: bool = False) -> httpx.Response:
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return httpx.Response(status, json={"detail": detail}, headers=headers, request=ASKED)


DONE, AWAY, FULL = said(200, "done"), said(503, "away"), said(409, "full")
RUNNING = said(409, "The first request with this Idempotency-Key has not been answered yet; repeat it in a moment")


@dataclass
class Service:
    """Says what it is given, the last of it for ever."""

    replies: list[httpx.Response | None]
    keys: list[str] = field(default_factory=list)

    def __call__(self, headers: dict[str, str]) -> tuple[httpx.Response | None, bool]:
        self.keys.append(headers["Idempotency-Key"])
        return (self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]), False


def sent(service: Service, asked_again: float = 0.0) -> tuple[httpx.Response | None, History]:
    history = History()
    keyed = KeyedRequests(history, clock=lambda: 0.0, pause=lambda _: None, asked_again=asked_again)
    return keyed.send(service)[0], history


def test_what_is_lost_refused_for_now_or_still_running_is_sent_again_with_its_key() -> None:
    service = Service([None, AWAY, RUNNING, DONE])
    reply, history = sent(service)
    assert reply is DONE
    assert (len(service.keys), len(set(service.keys))) == (4, 1)
    assert history.replays == {"sent again": 3, "had happened": 0}


def test_another_change_has_another_key() -> None:
    service = Service([DONE])
    sent(service)
    sent(service)
    assert len(set(service.keys)) == 2


@pytest.mark.parametrize(("last", "told"), [(None, None), (AWAY, AWAY), (RUNNING, None)])
def test_what_is_never_answered_is_given_up(last: httpx.Response | None, told: httpx.Response | None) -> None:
    reply, _ = sent(Service([last]))
    assert reply is told


def test_a_repetition_that_had_happened_is_counted() -> None:
    _, history = sent(Service([None, said(200, "done", replayed=True)]))
    assert history.replays["had happened"] == 1
    assert history.not_once == []


@pytest.mark.parametrize(
    ("again", "wrong"),
    [
        (said(200, "done", replayed=True), 0),
        (said(200, "done"), 1),
        (said(409, "has already dropped", replayed=True), 1),
        (said(200, "done with something else", replayed=True), 1),
        (AWAY, 0),
        (None, 0),
        (RUNNING, 0),
    ],
)
def test_what_was_answered_is_to_be_answered_the_same_again(again: httpx.Response | None, wrong: int) -> None:
    _, history = sent(Service([DONE, again]), asked_again=1.0)
    assert len(history.not_once) == wrong


def test_a_refusal_is_an_answer_like_another() -> None:
    _, history = sent(Service([FULL, FULL]), asked_again=1.0)
    assert len(history.not_once) == 1, "it does not say that it is a repetition"
