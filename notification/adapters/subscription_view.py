"""What Redis shows of the subscriptions: `subscription:<student-id>`, a string, see domain.subscription for the value.

A view for people and other programs: nothing here decides by it, so it may be missing, or old after a fail-over.
It is written after every change; the next who lists the subscriptions writes it again where it differs, and so does
bin/rebuild-views. A view that could not be written because Redis was away is written when it is back.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Lock
from typing import cast

import redis

from kit.concurrency import threads
from kit.errors import Unavailable
from notification.domain.subscription import Subscriptions

log = logging.getLogger(__name__)

Truth = Callable[[int], Subscriptions]

_MOST_LOOKS = 5
_SPARED_S = 2.0  # so long Redis is not asked again after a failure: who subscribes does not wait for it each time
_MOST_OLD = 100_000


class SubscriptionView:
    """Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = Lock()
        self._old: set[int] = set()  # whose view is to be written when Redis is back
        self._asked_again_at = 0.0
        self._closing = Event()

    def show(self, student_id: int, truth: Truth, known: Subscriptions | None = None) -> bool:
        """Make Redis show the truth, `known` if it was just read; whether something else was shown. Raises nothing.

        Whoever wrote looks again: so of two who race, the last to write has seen what the other stored.
        """
        if time.monotonic() < self._asked_again_at:
            self._remember(student_id)
            return False
        try:
            return self._show(student_id, truth, known)
        except redis.RedisError as error:
            self._asked_again_at = time.monotonic() + _SPARED_S
            log.warning("Redis does not show the subscriptions of student %d: %s", student_id, type(error).__name__)
        except Unavailable as unavailable:
            log.warning("Redis does not show the subscriptions of student %d: %s", student_id, unavailable.detail)
        self._remember(student_id)
        return False

    def start(self, truth: Truth) -> None:
        """From now on write what is old when Redis is back."""
        threads.keep_running("subscription-view", lambda: self._catch_up(truth))

    def close(self) -> None:
        self._closing.set()

    def _show(self, student_id: int, truth: Truth, known: Subscriptions | None) -> bool:
        key = f"subscription:{student_id}"
        shown = before = cast("str | None", self._client.get(key))  # the client decodes
        for _ in range(_MOST_LOOKS):
            true = (known or truth(student_id)).to_json()
            known = None
            if true == shown:
                return shown != before
            self._client.delete(key) if true is None else self._client.set(key, true)
            shown = true
        self._client.delete(key)  # changed without end: nothing is better than something old
        return True

    def _remember(self, student_id: int) -> None:
        with self._lock:
            if len(self._old) < _MOST_OLD:
                self._old.add(student_id)

    def _catch_up(self, truth: Truth) -> None:
        while not self._closing.wait(_SPARED_S):
            with self._lock:
                old, self._old = self._old, set()
            try:
                for student_id in old:
                    self.show(student_id, truth)
            except Exception:  # a guard: this thread has to outlive what nobody foresaw
                log.exception("catching up with the subscriptions failed")
