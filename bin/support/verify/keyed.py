"""Each change has an Idempotency-Key: it is sent again while nothing is known of it, and it happens once.

What was answered is asked again now and then: the answer must be the same, and say that it is a repetition.
"""

import random
import time
import uuid
from collections.abc import Callable

import httpx

from verify.history import History

_KEY, _REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
_AGAIN_AFTER_S, _AGAIN_FOR_S = (0.2, 0.5, 1.0, 2.0), 15.0
_STILL_RUNNING = "has not been answered yet"
_IS_KEPT = {httpx.codes.OK, httpx.codes.ACCEPTED, httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}

# The reply to a request with these headers, if there is one, and whether it was waited for in vain.
Send = Callable[[dict[str, str]], tuple[httpx.Response | None, bool]]


class KeyedRequests:
    """For one thread. `asked_again`: the share of what was answered."""

    def __init__(
        self,
        history: History,
        clock: Callable[[], float],
        pause: Callable[[float], None] = time.sleep,
        asked_again: float = 0.04,
    ) -> None:
        self._history, self._clock, self._pause, self._asked_again = history, clock, pause, asked_again
        self._dice = random.Random(0)  # noqa: S311 - guards no secret

    def send(self, send: Send) -> tuple[httpx.Response | None, bool]:
        """The answer; what came last (None or a 5xx) if there is none; and whether one was waited for in vain."""
        headers = {_KEY: str(uuid.uuid4())}
        give_up_s = self._clock() + _AGAIN_FOR_S
        reply, timed_out = send(headers)
        for pause_s in _AGAIN_AFTER_S:
            if is_answer(reply) or self._clock() > give_up_s:
                break
            self._pause(pause_s)
            self._history.replays["sent again"] += 1
            reply, late = send(headers)
            timed_out |= late
        if reply is None or not is_answer(reply):
            return (reply if reply is not None and reply.status_code >= 500 else None), timed_out
        self._history.replays["had happened"] += _REPLAYED in reply.headers
        if reply.status_code in _IS_KEPT and self._dice.random() < self._asked_again:
            self._require_same(reply, send(headers)[0])
        return reply, timed_out

    def _require_same(self, first: httpx.Response, again: httpx.Response | None) -> None:
        if again is None or not is_answer(again):
            return
        self._history.replays["asked again"] += 1
        told = [(reply.status_code, reply.text) for reply in (first, again)]
        if told[0] != told[1] or again.headers.get(_REPLAYED) != "true":
            text = f"{first.request.method} {first.request.url.path}: {told[0]}, then {told[1]}"
            self._history.not_once.append(f"{text}, {_REPLAYED}: {again.headers.get(_REPLAYED)}")


def is_answer(reply: httpx.Response | None) -> bool:
    """Whether it tells what became of the request."""
    if reply is None or reply.status_code >= 500 or reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return False
    return not (reply.status_code == httpx.codes.CONFLICT and _STILL_RUNNING in reply.text)
