"""A Redis Cluster of a test's own: three primaries with a replica each, to be killed, frozen and cut off."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

from tests.support.ports import free_port
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
PRIMARIES = 3
# Replicas copy as a user of their own, so that one can be cut off from its primary and from nobody else.
COPIES_AS, PASSWORD = "copies", "replica"


@dataclass(eq=False)
class RedisNode:
    port: int
    bus: int
    folder: Path
    popen: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, *words: str | int) -> Any:
        with redis.Redis(port=self.port, decode_responses=True, socket_timeout=5) as client:
            return client.execute_command(*words)  # type: ignore[no-untyped-call]

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        options = {
            "port": self.port,
            "cluster-port": self.bus,
            "dir": self.folder,
            "logfile": self.folder / "redis.log",
            "masteruser": COPIES_AS,
            "masterauth": PASSWORD,
            "cluster-node-timeout": 2200,
        }
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        user = ["--user", COPIES_AS, "on", f">{PASSWORD}", "~*", "&*", "+@all"]
        command = ["redis-server", ROOT / "etc/redis.conf", "--include", ROOT / "etc/redis-cluster.conf"]
        self.popen = subprocess.Popen([*command, *words, *user])
        until(self.answers, f"the Redis node on port {self.port} did not start")

    def answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except redis.RedisError:
            return False

    def replication(self) -> dict[str, Any]:
        found: Any = self.ask("INFO", "replication")
        return dict(found)

    def is_primary(self) -> bool:
        return self.answers() and self.replication()["role"] == "master"

    def kill(self) -> None:
        if self.popen is not None and self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait(10)

    def freeze(self) -> None:
        assert self.popen is not None
        self.popen.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.popen is not None
        self.popen.send_signal(signal.SIGCONT)


@dataclass(frozen=True)
class RedisCluster:
    nodes: list[RedisNode]

    @property
    def url(self) -> str:
        return f"redis-cluster://{','.join(node.address for node in self.nodes[:PRIMARIES])}"

    def pair_of(self, key: str) -> tuple[RedisNode, RedisNode]:
        """The primary that serves the key, and its replica."""
        slot = key_slot(key.encode())
        rows = next(node for node in self.nodes if node.answers()).ask("CLUSTER SLOTS")
        [found] = [row[2:] for row in rows if row[0] <= slot <= row[1]]
        by_port = {node.port: node for node in self.nodes}
        primary, replica = (by_port[row[1]] for row in found)
        return primary, replica

    def cut_off(self, key: str) -> tuple[RedisNode, RedisNode]:
        """As `pair_of`; from now on nothing of the primary reaches the replica, and each takes itself to be well."""
        primary, replica = self.pair_of(key)
        primary.ask("ACL", "SETUSER", COPIES_AS, "off")
        primary.ask("CLIENT", "KILL", "USER", COPIES_AS)
        return primary, replica

    def is_whole(self) -> bool:
        """Every node is up, and every primary has its replica."""
        rows = [node.ask("CLUSTER SLOTS") for node in self.nodes if node.answers()]
        whole = all(len(row) == 4 for each in rows for row in each)
        return len(rows) == len(self.nodes) and whole and all(_in_step(node.replication()) for node in self.nodes)

    def heal(self) -> None:
        """Start what was killed, thaw what was frozen, join what was cut off, and wait until all is well."""
        for node in self.nodes:
            if node.popen is None or node.popen.poll() is not None:
                node.start()
            node.thaw()
            node.ask("ACL", "SETUSER", COPIES_AS, "on")
        until(self.is_whole, "the Redis cluster did not recover", timeout_s=30)


def _in_step(said: dict[str, Any]) -> bool:
    if said["role"] == "master":
        return bool(said["connected_slaves"] == 1 and said["slave0"]["state"] == "online")
    return bool(said["master_link_status"] == "up")


@contextmanager
def redis_cluster(folder: Path) -> Iterator[RedisCluster]:
    first = free_port(4 * PRIMARIES)
    nodes = [RedisNode(first + i, first + 2 * PRIMARIES + i, folder / str(i)) for i in range(2 * PRIMARIES)]
    cluster = RedisCluster(nodes)
    try:
        for node in nodes:
            node.start()
        create = ["redis-cli", "--cluster", "create", *(node.address for node in nodes)]
        subprocess.run([*create, "--cluster-replicas", "1", "--cluster-yes"], check=True, stdout=subprocess.DEVNULL)
        until(cluster.is_whole, "the Redis cluster was not formed", timeout_s=30)
        yield cluster
    finally:
        for node in nodes:
            node.kill()
        shutil.rmtree(folder, ignore_errors=True)
