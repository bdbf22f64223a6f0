"""Which processes change classes at the moment, so that the reconciler knows when one of them died.

Keys (in the cluster slot of the class feed):

    instances:{…}          zset    a process's name → Unix seconds (Redis's clock) until which it was heard of
    classes-resynced:{…}   string  the replication ids of all servers when a reconciler last began to look at all
                                   classes; expires when it is time for the next one

What a process leaves half done it has either told the feed of (adapters.class_feed), or it died, and then it is missed
here: also when it stood still, or was ended as usual. Nothing is decided from it.
"""

import logging
import uuid
from threading import Event

import redis

from enrollment.adapters.class_feed import slot_of
from enrollment.adapters.waitlist_cache import script
from kit.concurrency import threads
from kit.errors import Unavailable
from kit.stores.redis_client import replication_ids, translated

log = logging.getLogger(__name__)

BEAT_EVERY_S = 1.0
LASTS_S = 3  # a process that is not heard of for so long is missed
RESYNC_EVERY_S = 1800


def resynced_key(table_prefix: str) -> str:
    return f"classes-resynced:{slot_of(table_prefix)}"


class Heartbeats:
    def __init__(self, client: redis.Redis, table_prefix: str) -> None:
        self._client = client
        self._instances = f"instances:{slot_of(table_prefix)}"
        self._resynced = resynced_key(table_prefix)
        self._name = uuid.uuid4().hex
        self._beat = client.register_script(script("heartbeat"))
        self._missed = client.register_script(script("missed_heartbeats"))
        self._ended = Event()

    def start(self) -> None:
        """Say from now on, until `close`, that this process lives."""
        threads.keep_running("heartbeat", self._run)

    def close(self) -> None:
        """It is missed from then on: what it has left half done, if anything, it cannot know."""
        self._ended.set()

    def beat(self, lasts_s: float = LASTS_S) -> None:
        """Raises Unavailable."""
        with translated():
            self._beat(keys=[self._instances], args=[self._name, lasts_s])

    def is_resync_due(self) -> bool:
        """Whether all classes are to be looked at, by the caller: it said so to no other.

        A process is missed, Redis was emptied, replaced or started anew, or it is time. Raises Unavailable.
        """
        with translated():
            missed = self._missed(keys=[self._instances], args=[LASTS_S])
            servers = " ".join(replication_ids(self._client))
            if not missed and self._client.get(self._resynced) == servers:
                return False
            self._client.set(self._resynced, servers, ex=RESYNC_EVERY_S)
        return True

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self.beat()
            except Unavailable as error:
                log.debug("not heard of: %s", error)
            self._ended.wait(BEAT_EVERY_S)
