"""What was sent already, so that a message delivered twice is not a notice sent twice.

Redis key `sent:<channel>:<event-id>` (a string, the time of sending), with expiry; a message that the operator
replayed has its own, `sent:<channel>:<event-id>:<replay-id>`, so that it is really sent again, and once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import redis

from kit.errors import Unavailable


class DedupStore:
    def __init__(self, client: redis.Redis, channel: str, lifetime_s: int) -> None:
        self._client = client
        self._channel = channel
        self._lifetime_s = lifetime_s

    def has(self, event_id: str, replay_id: str | None) -> bool:
        """Raises Unavailable when Redis does not answer."""
        with _every_error_translated():
            return bool(self._client.exists(self._key(event_id, replay_id)))

    def add(self, event_id: str, replay_id: str | None) -> None:
        """Idempotent. Raises Unavailable when Redis does not answer.

        What a replay delivered, the copy that still waits in a retry queue must not deliver once more.
        """
        now = datetime.now(UTC).isoformat()
        with _every_error_translated():
            for key in {self._key(event_id, None), self._key(event_id, replay_id)}:
                self._client.set(key, now, ex=self._lifetime_s)

    def ping(self) -> None:
        """Readiness probe: raises Unavailable when Redis does not answer."""
        with _every_error_translated():
            self._client.ping()

    def _key(self, event_id: str, replay_id: str | None) -> str:
        key = f"sent:{self._channel}:{event_id}"
        return f"{key}:{replay_id}" if replay_id else key


@contextmanager
def _every_error_translated() -> Iterator[None]:
    """Redis refusing to write (disk full, out of memory) must look like Redis being away.

    Else a notice that was sent and could not be recorded would count as failed, and be sent again and again.
    """
    try:
        yield
    except redis.RedisError as error:
        raise Unavailable(f"Redis does not answer ({type(error).__name__})") from error
