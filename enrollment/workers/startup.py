"""How every background process begins: settings, logs, a fault point, its health, and the tables it needs."""

from collections.abc import Callable, Mapping

from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.settings import EnrollmentSettings
from kit import faults
from kit.concurrency.shutdown import Shutdown
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo_tables
from kit.web.health_port import Probe, open_health_port


def start(
    name: str, probes: Callable[[Dependencies], Mapping[str, Probe]]
) -> tuple[EnrollmentSettings, Dependencies, Shutdown]:
    """`name` is shown by RabbitMQ; `probes` are what `/health/ready` asks. Returns when the tables are there, or when
    the process is to end before."""
    settings = load(EnrollmentSettings)
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    shutdown = Shutdown()
    shutdown.listen()
    deps = bootstrap(settings, name)
    open_health_port(settings.health_host, settings.health_port, probes(deps))
    dynamo_tables.ensure_tables(deps.database, deps.tables.definitions, lambda: shutdown.requested)
    return settings, deps, shutdown
