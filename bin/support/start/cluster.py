"""What bin/start --cluster runs instead of one of each, and where everything finds its parts."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from outcomes import Failed

REDIS_NODES, PRIMARIES, RABBITMQ_NODES = 6, 3, 3
_COUNTS = {
    "users": 2,
    "redis": REDIS_NODES,
    "rabbitmq": RABBITMQ_NODES,
    "enrollment": 3,
    "gateway": 2,
    "notification": 2,
}
RABBITMQ_APART, BUS_ABOVE = 10, 10  # as in rabbitmq.bash, and in run-redis


def is_consumer(process: str) -> bool:
    """Whether it is a channel's, of which the Procfile has one for each (etc.contracts.channel)."""
    return process.endswith("_consumer")


def counts(processes: Iterable[str]) -> dict[str, int]:
    """How many of each; two of every channel's consumer."""
    return {name: _COUNTS.get(name, 2 if is_consumer(name) else 1) for name in processes}


def redis_ports(settings: Mapping[str, str]) -> list[int]:
    return _ports(settings, "REDIS_PORT", int(settings.get("REDIS_NODES", 1)), 1)


def rabbitmq_ports(settings: Mapping[str, str]) -> list[int]:
    return _ports(settings, "RABBITMQ_PORT", int(settings.get("RABBITMQ_NODES", 1)), RABBITMQ_APART)


def amqp_url(settings: Mapping[str, str], instance: int) -> str:
    """Of one node alone."""
    user, _, rest = settings["AMQP_URL"].partition("@")
    return f"{user}@127.0.0.1:{rabbitmq_ports(settings)[instance]}/{rest.partition('/')[2]}"


def of_cluster(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of a run of one of each, for a run of several: each address that can, names all."""
    changed = {**settings, "REDIS_NODES": str(REDIS_NODES), "RABBITMQ_NODES": str(RABBITMQ_NODES)}
    user, _, rest = settings["AMQP_URL"].partition("@")
    changed["AMQP_URL"] = f"{user}@{_hosts(rabbitmq_ports(changed))}/{rest.partition('/')[2]}"
    changed["REDIS_URL"] = f"redis-cluster://{_hosts(redis_ports(changed))}"
    changed["ENROLLMENT_URL"] = settings["ENROLLMENT_HOSTS"]
    for process in ("users", "notification"):
        name = f"{process.upper()}_URL"
        changed[name] = ",".join(_instances(settings[name], _COUNTS[process]))
    of_workers = dict(each.split("=", 1) for each in settings["HEALTH_URLS"].split())
    each_of = counts(of_workers)
    workers = [f"{name}={each}" for name, url in of_workers.items() for each in _instances(url, each_of[name])]
    return changed | {"HEALTH_URLS": " ".join(workers)}


def refuse_other_data(data: Path, *, cluster: bool) -> None:
    """Raises Failed when the folder holds what a system of the other kind left, whose queues this one would not see."""
    theirs = ("rabbitmq/data", "redis/appendonlydir") if cluster else ("rabbitmq/r1", "redis/1")
    if any((data / name).exists() for name in theirs):
        made = "without" if cluster else "with"
        raise Failed(f"The data in {data} are of a system started {made} --cluster. Take --fresh, or another --data.")


def _ports(settings: Mapping[str, str], name: str, count: int, apart: int) -> list[int]:
    first = int(settings[name])
    return [first + apart * i for i in range(count)]


def _hosts(ports: list[int]) -> str:
    return ",".join(f"127.0.0.1:{port}" for port in ports)


def _instances(url: str, count: int) -> list[str]:
    """honcho gives them adjacent ports."""
    address, _, port = url.rpartition(":")
    return [f"{address}:{int(port) + i}" for i in range(count)]
