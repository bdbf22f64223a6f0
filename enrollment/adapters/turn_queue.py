"""Instances that want to change the same class, in order: a hint in Redis, by which they keep out of each other's way.

Keys (in the class's slot, see adapters.waitlist_cache); both expire:

    turn:{last-modified:4}        list      tokens of those who want to change it; the first has the turn
    turn-left:{last-modified:4}   string    the class as the last one committed it, as JSON of DynamoDB's item

Nothing depends on them: who has no turn may commit all the same, and the version of the class decides (service.turns).
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
        self._turn = client.register_script(script("turn"))
        self._leave = client.register_script(script("leave_turn"))

    def stand(self, class_id: int, token: str, stuck: str = "") -> Place:
        """`stuck` is taken out first, if it has the turn."""
        with translated():
            reply: Any = self._turn(keys=Keys(class_id).of_turn, args=[token, stuck, EXPIRES_MS])
        first, before, left = reply
        return Place(first, before, items.class_from_item(json.loads(left)) if left else None)

    def leave(self, class_id: int, token: str, section: ClassSection | None) -> int:
        """How many others stand there."""
        left = json.dumps(items.class_to_item(section)) if section else ""
        with translated():
            return int(self._leave(keys=Keys(class_id).of_turn, args=[token, left, EXPIRES_MS]))
