"""Runs the whole system in the foreground: the second half of bin/start, after bin/setup.

Checks first and starts nothing it could not finish; waits until every process is ready; stops everything
that was started, however it ends.
"""

import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import arguments
import cluster
import data_folder
import faulty_clocks
import ports
import readiness
import settings
from closing_table import closing_table
from commands import run_command, run_module
from console import Console
from development_data import DevelopmentData
from faulty_network import links, through_links
from honcho_process import Honcho
from layout import Layout, procfile_processes
from log import Log
from outcomes import Failed, Stopped
from rabbitmq_queues import AllMembers
from readiness import Check
from redis_cluster import RedisCluster
from stop_requests import StopRequests
from waiting import CLUSTER_READY_WITHIN_S, READY_WITHIN_S, wait_until_ready

ROOT = Path(__file__).resolve().parents[3]
DEVELOPMENT_DATA = ("users", "enrollment")
DECLARE = ("enrollment", "notification", "rabbitmq")  # queues of RabbitMQ, beside the consumers


def main() -> int:
    processes = procfile_processes(ROOT)
    options = arguments.parse(sys.argv[1:], processes)
    data = options.data.resolve()
    layout = plan(options, processes, data)
    try:
        with data_folder.claim(data):
            refuse_taken_ports(layout)
            if not options.fresh:
                cluster.refuse_other_data(data, cluster=options.cluster)
            with links(data, layout.settings) if options.network_faults else nullcontext():
                return run(layout, options, data)
    except (Failed, data_folder.InUse) as error:
        print(error, file=sys.stderr)
        return 1


def plan(options: Namespace, processes: Sequence[str], data: Path) -> Layout:
    counts = cluster.counts(processes) if options.cluster else dict.fromkeys(processes, 1)
    counts |= {"enrollment": options.enrollment or counts["enrollment"]} | dict.fromkeys(options.without, 0)
    chosen = settings.run_settings(
        settings.development_settings(ROOT),
        base_port=options.base_port,
        enrollment=counts["enrollment"] or 1,
        data=data,
    )
    if options.cluster:
        chosen = cluster.of_cluster(chosen)
    chosen |= {"GATEWAY": options.gateway} | options.set
    if options.clock_faults:
        chosen = faulty_clocks.with_faulty_clocks(chosen, data)
    return Layout(counts, options.base_port, through_links(chosen) if options.network_faults else chosen)


def refuse_taken_ports(layout: Layout) -> None:
    if lines := ports.taken(layout.ports()):
        raise Failed(
            "\n".join(["Nothing was started:", *lines])
            + "\nStop what listens there (a system service: sudo systemctl stop NAME), or take other ports:"
            "\n  bin/start --base-port 15000 --data var/second"
        )


def run(layout: Layout, options: Namespace, data: Path) -> int:
    """Everything from the first change on disk to the last process gone."""
    stop = StopRequests()
    if options.fresh:
        data_folder.empty(data)
    if options.clock_faults:
        faulty_clocks.prepare(data, layout.names)
    log = Log(data / "log")
    console = Console(log, quiet=bool(options.command))
    settings.write(data / "run.env", layout.settings)
    environment = environment_for(layout.settings)
    if layout.counts["users"]:
        prepare_keys(environment)

    console.progress(f"starting everything, state in {data}")
    honcho = start_honcho(layout, environment, data, log)

    def go_on() -> None:
        stop.check()
        require_running(honcho)

    try:
        within_s = CLUSTER_READY_WITHIN_S if options.cluster else READY_WITHIN_S
        wait_until_ready(everything(layout, environment), go_on, console, within_s)
        if options.command:
            return run_command(options.command, environment, go_on)
        console.say(closing_table(layout))
        while True:
            go_on()
            time.sleep(0.1)
    except Stopped:
        console.say("Stopping everything …")
        # To have been stopped is how a system ends, but a command was kept from finishing.
        return 128 + signal.SIGINT if options.command else 0
    except Failed:
        console.show_log_end()
        raise
    finally:
        honcho.stop()
        console.say("Stopped.")
        log.close()


def environment_for(chosen: Mapping[str, str]) -> dict[str, str]:
    """Ours, with the settings over it, and nothing of the user's AWS account."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name != "PORT"}
    programs = str(Path(sys.executable).parent)
    # PYTHONUNBUFFERED: each line reaches the log when it is printed, not 8 KB later.
    own = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}
    return inherited | dict(chosen) | own


def prepare_keys(environment: Mapping[str, str]) -> None:
    keys = Path(environment["KEYS_DIR"])
    if not keys.is_dir() or not any(keys.iterdir()):
        run_module("users.cli.signing_keys", "ensure", environment=environment, root=ROOT)


def start_honcho(layout: Layout, environment: Mapping[str, str], data: Path, log: Log) -> Honcho:
    for old in (data / "pids").glob("*.pid"):  # of a run that was killed: these must not pass for this one's
        old.unlink()
    words = ["-e", str(data / "run.env"), "-p", str(layout.base_port), "-c", layout.concurrency]
    return Honcho(words, environment=environment, root=ROOT, count=len(layout.names), log=log)


def everything(layout: Layout, environment: Mapping[str, str]) -> dict[str, Check]:
    """A check for each process, and for the development data."""
    checks = readiness.checks(layout)
    if layout.counts["redis"] > 1:
        ports = cluster.redis_ports(layout.settings)
        checks["redis cluster"] = RedisCluster(ports, cluster.PRIMARIES, cluster.BUS_ABOVE)
    if layout.counts["rabbitmq"] > 1:
        processes = {name: name.partition(".")[0] for name in checks}
        declaring = [checks[name] for name, each in processes.items() if each in DECLARE or cluster.is_consumer(each)]
        checks["rabbitmq queues"] = AllMembers(declaring, environment, ROOT)
    for service in DEVELOPMENT_DATA:
        if layout.counts[service] and layout.counts["dynamodb"]:
            data = DevelopmentData(service, checks[f"{service}.1"], environment, ROOT)
            checks[f"{service} data"] = data
    return checks


def require_running(honcho: Honcho) -> None:
    if honcho.status is not None:
        raise Failed(f"honcho ended by itself, with status {honcho.status}; everything was stopped. The log says why.")


if __name__ == "__main__":
    sys.exit(main())
