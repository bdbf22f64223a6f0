"""Publishing until the broker confirms, without anybody waiting for it.

A message is published again only when its confirm cannot come any more, because the broker refused it or the
connection ended: while one may still come, a second copy would be one too many, however long it takes.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from kit.concurrency.backoff import pauses
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.publisher import Publishes

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Pending:
    message: OutgoingMessage
    confirmed: Callable[[], None]
    wanted: Callable[[], bool]
    waits: Iterator[float] = field(default_factory=lambda: pauses(first_s=0.2, longest_s=5))
    due_s: float | None = None  # None: its confirm may still come


class RetryingPublisher:
    """Thread-safe. Pending messages are lost with the process: keep their source until `confirmed`."""

    def __init__(self, publisher: Publishes, clock: Callable[[], float] = time.monotonic) -> None:
        self._publisher = publisher
        self._clock = clock
        self._pending: set[_Pending] = set()
        self._lock = Lock()

    @property
    def idle(self) -> bool:
        return not self._pending

    def publish(
        self, message: OutgoingMessage, confirmed: Callable[[], None], wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Returns at once. `confirmed` is called in the publisher's thread; without `wanted` no copy is made."""
        one = _Pending(message, confirmed, wanted)
        with self._lock:
            self._pending.add(one)
        self._publish(one)

    def publish_due(self) -> None:
        """Publish again what failed and has waited long enough; to be called a few times a second."""
        with self._lock:
            due = [one for one in self._pending if one.due_s is not None and one.due_s <= self._clock()]
        for one in due:
            if one.wanted():
                self._publish(one)
            else:
                self._forget(one)

    def _publish(self, one: _Pending) -> None:
        one.due_s = None
        self._publisher.publish(one.message).add_done_callback(partial(self._answered, one))

    def _answered(self, one: _Pending, answer: "Future[None]") -> None:
        failure = answer.exception()
        if failure is None:
            one.confirmed()
            self._forget(one)
        elif one.wanted():
            log.warning("message %s is published again: %s", one.message.message_id, failure)
            one.due_s = self._clock() + next(one.waits)
        else:
            self._forget(one)

    def _forget(self, one: _Pending) -> None:
        with self._lock:
            self._pending.discard(one)
