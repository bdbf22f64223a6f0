"""What the notification service keeps about a student's subscriptions, read only.

Redis key `subscription:<student id>` → string, JSON {"<class id>": {"email": …, "proxy": "<percent-encoded once>"}}.
"""

import json
import logging

import redis

from enrollment.domain.events import Subscription
from kit.stores.redis_client import translated

log = logging.getLogger(__name__)


class Subscriptions:
    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def to_class(self, class_id: int, student_ids: list[int]) -> dict[int, Subscription]:
        """Who of these students wants to be told about this class, and where. Raises Unavailable."""
        if not student_ids:
            return {}
        with translated():
            pipeline = self._client.pipeline(transaction=False)  # not MGET: on a cluster the keys live apart
            for student_id in student_ids:
                pipeline.get(f"subscription:{student_id}")
            values = pipeline.execute()
        found = {
            student_id: _read(value, class_id)
            for student_id, value in zip(student_ids, values, strict=True)
            if value is not None
        }
        return {student_id: target for student_id, target in found.items() if target is not None}


def _read(value: str, class_id: int) -> Subscription | None:
    try:
        entry = json.loads(value).get(str(class_id))
        if entry is None:
            return None
        target = Subscription(email=entry.get("email") or None, proxy=entry.get("proxy") or None)
    except (ValueError, AttributeError):
        log.error("a subscription is not of the agreed shape; its student gets no notice")
        return None
    return target if target.email or target.proxy else None
