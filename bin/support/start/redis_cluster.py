"""Makes a cluster of Redis nodes that have just started, and says when it is whole."""

import contextlib
import itertools
from typing import Any

import redis
from redis.exceptions import RedisError, ResponseError

SLOTS = 16384
_TIMEOUT_S = 1.0


class RedisCluster:
    """A readiness check. It does what is missing until every slot is served and every primary has its replica.

    It may be interrupted at any point and begun again: a cluster that is there already, also after a fail-over, is left
    as it is.
    """

    def __init__(self, ports: list[int], primaries: int, bus_above: int) -> None:
        self._ports = ports
        self._primaries = primaries
        self._bus_above = bus_above
        self._nodes = {port: redis.Redis(port=port, decode_responses=True, socket_timeout=_TIMEOUT_S) for port in ports}

    def __call__(self) -> str | None:
        try:
            return self._meet() or self._share_slots() or self._replicate() or self._lacking()
        except RedisError as error:
            return f"{type(error).__name__}: {error}"

    def _meet(self) -> str | None:
        first = self._nodes[self._ports[0]]
        known = _table(first)
        for epoch, (port, node) in enumerate(self._nodes.items(), start=1):
            _unless_refused(node, "CLUSTER SET-CONFIG-EPOCH", epoch)  # each its own, or they would have to agree first
            if node is not first and f"127.0.0.1:{port}" not in known:
                _ask(first, "CLUSTER MEET", "127.0.0.1", port, port + self._bus_above)
        sizes = {len(_table(node)) for node in self._nodes.values()}
        return None if sizes == {len(self._nodes)} else "the nodes have not met yet"

    def _share_slots(self) -> str | None:
        """The first ones get a part each, unless it is somebody's."""
        if all(int(_info(node)["cluster_slots_assigned"]) == SLOTS for node in self._nodes.values()):
            return None
        bounds = [SLOTS * i // self._primaries for i in range(self._primaries + 1)]
        for node, (first, after) in zip(self._nodes.values(), itertools.pairwise(bounds), strict=False):
            _unless_refused(node, "CLUSTER ADDSLOTSRANGE", first, after - 1)
        return "the slots are not shared yet"

    def _replicate(self) -> str | None:
        """A node without slots copies a primary without a replica."""
        table = _table(self._nodes[self._ports[0]])
        primaries = {address: row for address, row in table.items() if "master" in row["flags"].split(",")}
        copied = {row["master_id"] for row in table.values()}
        alone = [row["node_id"] for row in primaries.values() if row["slots"] and row["node_id"] not in copied]
        idle = [int(address.rpartition(":")[2]) for address, row in primaries.items() if not row["slots"]]
        for port, primary in zip(idle, alone, strict=False):
            _ask(self._nodes[port], "CLUSTER REPLICATE", primary)
        return "the replicas are not shared yet" if idle else None

    def _lacking(self) -> str | None:
        if not all(_info(node)["cluster_state"] == "ok" for node in self._nodes.values()):
            return "the nodes do not agree yet"
        said = [node.info("replication") for node in self._nodes.values()]
        copies = sum(each["role"] == "slave" and each["master_link_status"] == "up" for each in said)
        return None if copies == len(self._nodes) - self._primaries else "the replicas have not copied yet"


def _table(node: "redis.Redis") -> dict[str, Any]:
    """What it knows of each node, by address: node_id, flags, master_id, slots…"""
    return dict(_ask(node, "CLUSTER NODES"))


def _info(node: "redis.Redis") -> dict[str, str]:
    return dict(_ask(node, "CLUSTER INFO"))


def _unless_refused(node: "redis.Redis", *words: str | int) -> None:
    with contextlib.suppress(ResponseError):  # it is so already
        _ask(node, *words)


def _ask(node: "redis.Redis", *words: str | int) -> Any:
    return node.execute_command(*words)  # type: ignore[no-untyped-call]
