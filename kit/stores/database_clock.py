"""The database's clock, as the Date of its replies tells it (RFC 9110 §6.6.1): one for all hosts, whatever theirs say.

A host's own clock is finer, so it holds while the two agree. Between replies the time goes on by the monotonic clock,
which nobody sets.
"""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

AGREE_S = 2.0  # a Date has whole seconds, and a reply takes a while
FORGOTTEN_AFTER_S = 3600.0


class DatabaseClock:
    """Threads may share it. Until the database has answered it is the host's clock."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._heard = (float("-inf"), 0.0)  # when, by the monotonic clock, and what

    def follow(self, client: "DynamoDBClient") -> None:
        client.meta.events.register("after-call.dynamodb", self._answered)

    def hear(self, date: str) -> None:
        """Ignores a header that is no date."""
        try:
            said_s = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        self._heard = (self._monotonic(), said_s + 0.5)

    def now_s(self) -> float:
        """Unix seconds."""
        heard_at, said_s = self._heard
        wall_s, passed_s = self._wall(), self._monotonic() - heard_at
        if passed_s > FORGOTTEN_AFTER_S or abs(said_s + passed_s - wall_s) <= AGREE_S:
            return wall_s
        return said_s + passed_s

    def _answered(self, http_response: Any, **_: Any) -> None:
        if date := http_response.headers.get("Date"):
            self.hear(date)
