"""The system that is to be verified: found by the run.env in its data folder, and only if it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from honcho import environ  # type: ignore[import-untyped]
from network import FAULTY_HOST
from network.control import Network
from running import is_claimed

from kit.web import shared_secret as gate
from verify.history import ON_CLUSTERS, ON_LINKS, Kind


class Unfit(Exception):
    """The system cannot be verified; the text says why and what to do."""


@dataclass(frozen=True)
class System:
    data: Path
    settings: Mapping[str, str]

    @property
    def enrollment_urls(self) -> list[str]:
        hosts = self.settings.get("ENROLLMENT_HOSTS") or self.settings["ENROLLMENT_URL"]
        return [host.strip() for host in hosts.split(",")]

    @property
    def gateway(self) -> str:
        return self.settings.get("GATEWAY", "")

    @property
    def is_cluster(self) -> bool:
        return int(self.settings.get("REDIS_NODES", 1)) > 1

    @property
    def has_faulty_clocks(self) -> bool:
        return "FAULTY_CLOCKS" in self.settings

    @property
    def headers(self) -> dict[str, str]:
        """What lets us in at the services' own ports, where they want to see it."""
        secret = self.settings.get("GATEWAY_SECRET")
        return {gate.HEADER: secret} if secret else {}

    @property
    def processes(self) -> list[str]:
        """By the names honcho gave them: users.1, redis.1, enrollment.1, enrollment.2, …"""
        return sorted(file.stem for file in (self.data / "pids").glob("*.pid"))

    @property
    def log(self) -> Path:
        return self.data / "log" / "system.log"


def find(data: Path) -> System:
    """Raises Unfit unless a development system runs on this data folder."""
    data = data.resolve()
    option = "" if data.name == "var" else f" --data {data}"
    run_env = data / "run.env"
    if not run_env.is_file() or not is_claimed(data):
        raise Unfit(
            f"No system runs on {data}. Start one in another terminal, and wait until it says that it is ready:\n"
            f"  bin/start{option}\n"
            "A system with another data folder is found with --data DIR."
        )
    # What bin/verify itself asks of the servers does not go over links that it disturbs.
    system = System(data, environ.parse(run_env.read_text().replace(FAULTY_HOST, "127.0.0.1")))
    kind = system.settings.get("ENVIRONMENT", "production")
    if kind != "development":
        raise Unfit(f"ENVIRONMENT is {kind}: bin/verify kills processes, so it works on development systems only.")
    if not system.processes or not system.log.is_file():
        raise Unfit(f"The system on {data} is not up yet: wait until bin/start says that it is ready.")
    return system


def possible(system: System, asked: Sequence[Kind] | None) -> tuple[Kind, ...]:
    """What was asked for, or else all that the system allows. Raises Unfit."""
    has_links = Network(system.data).links
    lacks = (() if has_links else ON_LINKS) + (() if system.is_cluster else ON_CLUSTERS)
    lacks += () if system.has_faulty_clocks else (Kind.CLOCK,)
    if asked is None:
        return tuple(kind for kind in Kind if kind not in lacks)
    if not system.is_cluster and (lacking := [kind for kind in asked if kind in ON_CLUSTERS]):
        raise Unfit(f"--faults {','.join(lacking)} needs a system started with bin/start --cluster")
    if not system.has_faulty_clocks and Kind.CLOCK in asked:
        raise Unfit("--faults clock needs a system started with bin/start --clock-faults")
    if not has_links and (lacking := [kind for kind in asked if kind in ON_LINKS]):
        raise Unfit(f"--faults {','.join(lacking)} needs a system started with bin/start --network-faults")
    return tuple(asked)


def require_gateway(system: System, wanted: str | None) -> None:
    """Raises Unfit if another one runs."""
    if wanted and wanted != system.gateway:
        raise Unfit(f"The gateway that runs is {system.gateway}: bin/start --gateway {wanted}")
    if "gateway.1" not in system.processes:
        raise Unfit("No gateway runs, and the load goes through it: bin/start without --without gateway")
