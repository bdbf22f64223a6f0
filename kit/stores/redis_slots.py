"""Which node of a Redis Cluster serves which key, as far as is known; asks nobody itself.

A node is named by its address, "host:port".
"""

import random
import time
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

# A node that answered within this time has not been replaced since: before a cluster replaces it, it is silent for
# `cluster-node-timeout` (which must be longer than this and the time-out of a command together). One that did not may
# have slept meanwhile and not know that its replica was promoted, so another node is asked first whether it still
# serves what it served.
CONFIRMED_FOR_S = 1.0
_SCRIPTS = ("EVALSHA", "EVAL", "EVALSHA_RO", "EVAL_RO")


def slot_of(words: Sequence[Any]) -> int | None:
    """The slot of a command by its first key; None for one that has no key.

    Of commands with a key, those whose first key is the first argument, scripts, and XREAD.
    """
    name = str(words[0]).upper()
    at = 3 if name in _SCRIPTS else 1
    if name == "XREAD":
        at = words.index(b"STREAMS") + 1  # as redis-py writes it
    if " " in name or name in _KEYLESS or len(words) <= at:
        return None
    key = words[at]
    return key_slot(key if isinstance(key, bytes) else str(key).encode())


_KEYLESS = ("ASKING", "CLIENT", "CLUSTER", "DBSIZE", "FLUSHALL", "FLUSHDB", "INFO", "PING", "SCAN", "TIME", "WAIT")


class SlotMap:
    """Thread-safe: what is read is replaced as a whole, never changed."""

    def __init__(self, seeds: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._seeds = tuple(seeds)
        self._clock = clock
        self._owners: list[str | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
        self._known: frozenset[str] = frozenset()
        self._confirmed: dict[str, float] = {}

    def owner(self, slot: int) -> str | None:
        return self._owners[slot]

    @property
    def owners(self) -> list[str]:
        """Every node that serves slots."""
        return sorted({owner for owner in self._owners if owner})

    def learn(self, rows: Sequence[Any], asked: str) -> None:
        """What `asked` replied to CLUSTER SLOTS: rows of first slot, last slot, owner, replicas…"""
        owners: list[str | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
        known = set()
        for first, last, *nodes in rows:
            addresses = [_address(node[0], node[1], asked) for node in nodes]
            owners[first : last + 1] = [addresses[0]] * (last + 1 - first)
            known.update(addresses)
        now = self._clock()
        confirmed = dict.fromkeys((owner for owner in owners if owner), now)
        if len(known) > 1:
            confirmed.pop(asked, None)  # nobody is a witness of its own
        self._owners, self._known = owners, frozenset(known)
        self._confirmed = self._confirmed | confirmed

    def moved(self, slot: int, host: str, port: int, asked: str) -> str:
        """A slot is served elsewhere, as `asked` says."""
        owners = self._owners.copy()
        owners[slot] = address = _address(host, port, asked)
        self._owners, self._known = owners, self._known | {address}
        self._confirmed = self._confirmed | {address: self._clock()}
        return address

    def is_confirmed(self, node: str, answered_at: float) -> bool:
        """Whether the node can be believed to serve what it served, as it, or another about it, was heard lately."""
        return self._clock() - max(answered_at, self._confirmed.get(node, 0.0)) <= CONFIRMED_FOR_S

    def witnesses(self, of: str | None) -> list[str]:
        """The nodes to ask for the map, in this order; last the node in question."""
        known = [node for node in self._known if node != of]
        random.shuffle(known)
        seeds = [seed for seed in self._seeds if seed != of]
        last = [of] if of else []
        return list(dict.fromkeys(chain(known, seeds, last)))


def _address(host: str | None, port: int, asked: str) -> str:
    """A node that does not know its own address names none: then it is the one that was asked."""
    return f"{host or asked.rpartition(':')[0]}:{port}"
