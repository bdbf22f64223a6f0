"""Instances that want to change the same class, in order: a hint in Redis, by which they keep out of each other's way.

Keys (in the class's slot, see adapters.waitlist_cache); all expire:

    turn:{last-modified:4}               list      tokens of those who want to change it; the first has the turn
    turn-left:{last-modified:4}          string    the class as the last one committed it, as JSON of DynamoDB's item
    turn-call-<token>:{last-modified:4}  stream    one entry when this one's turn has come, with what the last one left

Nothing depends on them: who has no turn may commit all the same, and the version of the class decides (service.turns).
So they are neither written to disk nor copied to replicas, for which each hand-over would wait (call_turn.lua).
"""

import json
from typing import Any

import redis

from enrollment.adapters import items
from enrollment.adapters.waitlist_cache import Keys, script
from enrollment.domain.class_section import ClassSection
from enrollment.service.ports import Place
from kit.stores.redis_client import translated

EXPIRES_MS = 5_000  # longer than anybody stands in the queue


class TurnQueue:
    """Threads may share it. Raises Unavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._turn = client.register_script(script("call_turn", "turn"))
        self._leave = client.register_script(script("call_turn", "leave_turn"))

    def stand(self, class_id: int, token: str, stuck: str = "") -> Place:
        """`stuck` is taken out first, if it has the turn."""
        with translated():
            reply: Any = self._turn(keys=Keys(class_id).of_turn, args=[token, stuck, EXPIRES_MS])
        first, before, left = reply
        return Place(first, before, _section(left))

    def await_call(self, class_id: int, token: str, longest_s: float) -> Place | None:
        """Waits until the token is the first: its place then, or None if that takes longer."""
        longest_ms = max(1, round(longest_s * 1000))
        with translated():
            found: Any = self._client.xread({Keys(class_id).turn_call(token): "0"}, count=1, block=longest_ms)
        for [[_, call]] in dict(found).values():
            return Place(token, 0, _section(call["left"]))
        return None

    def leave(self, class_id: int, token: str, section: ClassSection | None) -> int:
        """How many others stand there; the next of them is called."""
        left = json.dumps(items.class_to_item(section)) if section else ""
        with translated():
            return int(self._leave(keys=Keys(class_id).of_turn, args=[token, left, EXPIRES_MS]))


def _section(left: str) -> ClassSection | None:
    return items.class_from_item(json.loads(left)) if left else None
