"""Which process listens on which port, from the order of the Procfile and the settings of the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster import BUS_ABOVE, rabbitmq_ports, redis_ports
from honcho import environ  # type: ignore[import-untyped]

APART = ("redis", "rabbitmq", "aiosmtpd")  # have ports of their own; all others speak HTTP at their $PORT
GATEWAYS_APART = 10  # as in run-gateway: each has two more ports


@dataclass(frozen=True)
class Port:
    number: int
    process: str
    purpose: str


@dataclass(frozen=True)
class Layout:
    """What honcho will start: `counts` in the order of the Procfile, 0 for what is left out."""

    counts: Mapping[str, int]
    base_port: int
    settings: Mapping[str, str]

    @property
    def concurrency(self) -> str:
        """honcho's -c. A process that is left out still takes its hundred, so all others keep their ports."""
        return ",".join(f"{process}={count}" for process, count in self.counts.items())

    @property
    def processes(self) -> list[str]:
        return [process for process, count in self.counts.items() if count]

    @property
    def names(self) -> list[str]:
        """What honcho calls them: users.1, enrollment.1, enrollment.2, …"""
        return [f"{process}.{i + 1}" for process in self.processes for i in range(self.counts[process])]

    def http_port(self, process: str, instance: int = 0) -> int:
        apart = GATEWAYS_APART if process == "gateway" else 1
        return self.base_port + 100 * list(self.counts).index(process) + apart * instance

    def ports(self) -> list[Port]:
        found = [*self._redis(), *self._rabbitmq()]
        found.append(Port(int(self.settings["SMTP_PORT"]), "aiosmtpd", "the mail server"))
        for instance in range(self.counts["gateway"]):
            # The same two sums are in krakend/gateway/settings.py.
            port = self.http_port("gateway", instance)
            found += [Port(port + 1, "gateway", "HAProxy's metrics"), Port(port + 2, "gateway", "the gateway's keys")]
        for process in self.counts.keys() - APART:
            found += [Port(self.http_port(process, i), process, process) for i in range(self.counts[process])]
        return sorted((p for p in found if self.counts[p.process]), key=lambda port: port.number)

    def _redis(self) -> list[Port]:
        ports = redis_ports(self.settings)
        bus = [Port(port + BUS_ABOVE, "redis", "Redis's cluster bus") for port in ports if len(ports) > 1]
        return [Port(port, "redis", "Redis") for port in ports] + bus

    def _rabbitmq(self) -> list[Port]:
        ports = rabbitmq_ports(self.settings)
        # The same sums are in rabbitmq.bash.
        found = [Port(ports[0] + 1, "rabbitmq", "RabbitMQ's epmd")]
        for port in ports:
            found += [Port(port, "rabbitmq", "RabbitMQ"), Port(port + 2, "rabbitmq", "RabbitMQ's command line tools")]
        return found


def procfile_processes(root: Path) -> list[str]:
    return list(environ.parse_procfile((root / "Procfile").read_text()).processes)
