"""A Redis client whose threads share their round trips: what is asked while one is under way goes together in the next.

With many threads each command costs a fraction of a round trip, and few of the switches between threads that
are the larger part of its price.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import redis

from kit.concurrency.group_commit import GroupCommit

_MOST = 500  # commands in one round trip
_MOST_WAITING = 10_000


class _Command(NamedTuple):
    words: tuple[Any, ...]
    options: dict[str, Any]


class AutoPipeliningRedis(redis.Redis):
    """As any other client; each caller gets the reply or the error of its own command."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._round_trips: GroupCommit[_Command, tuple[Any]] = GroupCommit(
            self._together, _MOST, threads=1, most_waiting=_MOST_WAITING
        )

    def execute_command(self, *words: Any, **options: Any) -> Any:
        [reply] = self._round_trips.run(0, _Command(words, options))
        return reply

    def _together(self, _: int, commands: Sequence[_Command]) -> Sequence[tuple[Any] | Exception]:
        if len(commands) == 1:
            return [(super().execute_command(*commands[0].words, **commands[0].options),)]  # type: ignore[no-untyped-call]
        with self.pipeline(transaction=False) as pipeline:
            for command in commands:
                pipeline.execute_command(*command.words, **command.options)  # type: ignore[no-untyped-call]
            replies = pipeline.execute(raise_on_error=False)
        return [reply if isinstance(reply, Exception) else (reply,) for reply in replies]
