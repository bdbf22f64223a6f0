"""The secrets that webhooks are signed with, in Redis.

    webhook-secret:<student-id>    STRING, JSON, the current secret first:
        [{"secret": "whsec_…", "until": null}, {"secret": "whsec_…", "until": 1765432100}]

`until` (seconds since 1970) is when an older secret stops signing. Made when it is first asked for; one clock, Redis',
for all instances.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import redis

from kit.stores.redis_client import translated
from notification.domain.signature import MOST_SECRETS, OVERLAP, SigningSecrets, new_secret

# One key, so it works on Redis Cluster too. Without ARGV[2] the secret is only made when there is none.
_CHANGE = """
local now = tonumber(redis.call('TIME')[1])
local stored = redis.call('GET', KEYS[1])
local kept = stored and cjson.decode(stored) or {}
if #kept > 0 and not ARGV[2] then return {stored, now} end
local after = {{secret = ARGV[1], ['until'] = cjson.null}}
for _, one in ipairs(kept) do
  if one['until'] == cjson.null then one['until'] = now + tonumber(ARGV[2]) end
  if one['until'] > now and #after < tonumber(ARGV[3]) then table.insert(after, one) end
end
stored = cjson.encode(after)
redis.call('SET', KEYS[1], stored)
return {stored, now}
"""


class WebhookSecrets:
    """Thread-safe. All methods raise Unavailable when Redis does not answer."""

    def __init__(self, client: redis.Redis, make: Callable[[], str] = new_secret) -> None:
        self._change = client.register_script(_CHANGE)
        self._make = make

    def of(self, student_id: int) -> SigningSecrets:
        """The student's secrets, made if there are none yet. Atomic: two who ask first get the same."""
        return self._run(student_id, [self._make()])

    def rotate(self, student_id: int) -> SigningSecrets:
        """With a new current secret; those before go on signing for a day after they were replaced. Atomic."""
        return self._run(student_id, [self._make(), int(OVERLAP.total_seconds()), MOST_SECRETS])

    def _run(self, student_id: int, arguments: list[str | int]) -> SigningSecrets:
        with translated():
            stored, now_s = self._change([f"webhook-secret:{student_id}"], arguments)
        return _signing(json.loads(stored), now_s)


def _signing(stored: list[dict[str, Any]], now_s: int) -> SigningSecrets:
    current, *older = stored
    valid = [one for one in older if one["until"] > now_s]
    until = max((one["until"] for one in valid), default=None)
    return SigningSecrets(
        current["secret"],
        tuple(one["secret"] for one in valid),
        None if until is None else datetime.fromtimestamp(until, UTC),
    )
