"""Which nodes of the clusters have a part that others depend on, by honcho's names for them (redis.1, rabbitmq.2)."""

import os
import random
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import RedisError

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology

ROOT = Path(__file__).resolve().parents[3]
_TIMEOUT_S = 2.0
_ASKED_WITHIN_S = 30.0


class Unknown(Exception):
    """No node says so at this moment."""


class ClusterNodes:
    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._first_redis = int(settings.get("REDIS_PORT", 0))
        self._queues = Topology(settings.get("AMQP_PREFIX", ""))

    def leader(self, dice: random.Random) -> str:
        """The node of RabbitMQ that leads a channel's queue. Raises Unknown."""
        queue = self._queues.queue(dice.choice(tuple(Channel)))
        for number in range(1, int(self._settings["RABBITMQ_NODES"]) + 1):
            leader = self._queues_as_told_by(number, "leader").get(queue, "")  # r2@127.0.0.1
            if leader.startswith("r"):
                return f"rabbitmq.{leader.partition('@')[0][1:]}"
        raise Unknown(f"no node of RabbitMQ says who leads {queue}")

    def held(self) -> int:
        """How many notices consumers have been given and neither sent nor let go of; 0 if no node says so."""
        queues = {self._queues.queue(channel) for channel in Channel}
        for number in range(1, int(self._settings.get("RABBITMQ_NODES", 1)) + 1):
            if counts := self._queues_as_told_by(number, "messages_unacknowledged"):
                return sum(int(count) for name, count in counts.items() if name in queues and count.isdigit())
        return 0

    def pair(self, dice: random.Random) -> tuple[str, str]:
        """A primary of Redis and its replica. Raises Unknown."""
        for number in range(1, int(self._settings["REDIS_NODES"]) + 1):
            table = self._table(f"redis.{number}")
            names = {row["node_id"]: self._name(address) for address, row in table.items()}
            pairs = [
                (names[row["master_id"]], self._name(address))
                for address, row in sorted(table.items())
                if row["master_id"] in names and row["connected"] and "fail" not in row["flags"]
            ]
            if pairs:
                return dice.choice(pairs)
        raise Unknown("no node of Redis says which have replicas")

    def hand_over(self, replica: str) -> None:
        """Have the replica take over from its primary, which knows of it and loses nothing. Raises Unknown."""
        try:
            with self._redis(replica) as client:
                client.execute_command("CLUSTER FAILOVER")
        except RedisError as error:
            raise Unknown(f"{replica} does not take over: {error}") from error

    def cut_off(self, replica: str) -> None:
        """From now on it learns nothing of its primary, who does not know it by the name it gives. Raises Unknown."""
        self._tell(replica, "CONFIG SET masteruser nobody", "CONFIG SET masterauth nobody", "CLIENT KILL TYPE master")

    def join(self, replica: str) -> None:
        """End what `cut_off` did. Raises Unknown."""
        self._tell(replica, "CONFIG SET masteruser ''", "CONFIG SET masterauth ''")

    def _tell(self, name: str, *commands: str) -> None:
        try:
            with self._redis(name) as client:
                for command in commands:
                    client.execute_command(*shlex.split(command))
        except RedisError as error:
            raise Unknown(f"{name}: {error}") from error

    def _queues_as_told_by(self, number: int, column: str) -> dict[str, str]:
        """Each queue's `column`; nothing if this node does not say."""
        lines = self._ask_rabbitmq(number, "list_queues", "name", column).splitlines()
        return dict(line.split("\t", 1) for line in lines if "\t" in line)

    def _ask_rabbitmq(self, number: int, *words: str) -> str:
        command = [str(ROOT / "bin" / "support" / "rabbitmqctl"), "--quiet", "--no-table-headers", *words]
        environment = {**os.environ, **self._settings, "RABBITMQ_NODE": str(number)}
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_ASKED_WITHIN_S)
        except subprocess.TimeoutExpired:
            return ""
        return str(done.stdout)

    def _table(self, name: str) -> dict[str, Any]:
        try:
            with self._redis(name) as client:
                return dict(client.execute_command("CLUSTER NODES"))
        except RedisError:
            return {}

    def _redis(self, name: str) -> "redis.Redis":
        port = self._first_redis + int(name.partition(".")[2]) - 1
        return redis.Redis(port=port, decode_responses=True, socket_timeout=_TIMEOUT_S)

    def _name(self, address: str) -> str:
        return f"redis.{int(address.rpartition(':')[2]) - self._first_redis + 1}"
