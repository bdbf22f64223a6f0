"""A RabbitMQ cluster of a test's own: three nodes, to be killed and frozen."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port
from tests.support.servers import ROOT, Server
from tests.support.waiting import until

NODES = 3
APART = 10  # as in bin/support/rabbitmq.bash
PORTS = APART * (NODES - 1) + 3


@dataclass(frozen=True)
class RabbitmqCluster:
    nodes: list[Server]

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{','.join(f'127.0.0.1:{node.port}' for node in self.nodes)}/%2F"

    def leader_of(self, queue: str) -> int:
        """The index of the node."""
        listed = self.ask(self.nodes[0], "list_queues", "name", "leader").splitlines()
        leader = dict(line.split("\t") for line in listed)[queue]  # r2@127.0.0.1
        return int(leader.partition("@")[0].removeprefix("r")) - 1

    def heal(self) -> None:
        """Start what was killed, thaw what was frozen, and wait until each node says that all are there."""
        for node in self.nodes:
            if node.popen is None or node.popen.poll() is not None:
                node.start()
            node.thaw()
        try:
            until(self._is_whole, "no whole cluster", timeout_s=45)
        except AssertionError:
            # On a busy machine a node that stood still may stay apart: then it is started anew, as people would.
            for node in self.nodes:
                if not self._sees_all(node):
                    node.kill()
                    node.start()
                    break
            until(self._is_whole, "no whole cluster", timeout_s=90)

    def _is_whole(self) -> bool:
        return all(self._sees_all(node) for node in reversed(self.nodes))

    def _sees_all(self, node: Server) -> bool:
        return self.ask(node, "eval", "length(rabbit_nodes:all_running()).") == str(NODES)

    @staticmethod
    def ask(node: Server, *words: str) -> str:
        """What rabbitmqctl says; nothing when it fails."""
        command = [ROOT / "bin/support/rabbitmqctl", "--quiet", "--no-table-headers", *words]
        if words[0] == "eval":
            command.remove("--no-table-headers")
        done = subprocess.run(command, env=node.environment, capture_output=True, text=True, timeout=60)
        return done.stdout.strip()


@contextmanager
def rabbitmq_cluster(folder: Path) -> Iterator[RabbitmqCluster]:
    first = free_port(PORTS)
    settings = {**os.environ, "RABBITMQ_PORT": str(first), "RABBITMQ_NODES": str(NODES), "VAR_DIR": str(folder)}
    nodes = [
        Server("rabbitmq", first + APART * i, settings | {"RABBITMQ_NODE": str(i + 1)}) for i in range(NODES)
    ]  # fmt: skip
    try:
        with ThreadPoolExecutor(NODES) as threads:  # each waits for the first
            list(threads.map(Server.start, nodes))
        yield RabbitmqCluster(nodes)
    finally:
        for node in nodes:
            node.kill()
