"""The command line of bin/start."""

import argparse
import os
import sys
from pathlib import Path

import settings

EPILOG = """\
examples:
  bin/start                                       everything, on ports 5000 to 8025, state in var/
  bin/start --enrollment 3                        three enrollment processes, shared by the gateway
  bin/start --cluster                             several of each: Redis 3 + 3, RabbitMQ 3, services 2 or 3
  bin/start --fresh                               forget all data first
  bin/start --base-port 15000 --data var/second   a second system beside the first
  bin/start --gateway haproxy                     this gateway, also where KrakenD is
  bin/start -- pytest tests/e2e                   start, run the command against the system, stop

Ctrl-C stops everything. The settings are in etc/development.env.
"""


def parse(argv: list[str], processes: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/start",
        description="Sets up what is missing, then runs the whole system in the foreground.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--fresh", action="store_true", help="start on an empty data folder")
    parser.add_argument(
        "--cluster", action="store_true", help="a Redis Cluster, a RabbitMQ cluster, and more than one of each service"
    )
    parser.add_argument(
        "--enrollment", type=_count, metavar="N", help="how many enrollment processes (1; 3 of a cluster)"
    )
    parser.add_argument(
        "--base-port", type=_base, default=settings.DEFAULT_BASE, metavar="N", help="move all ports by N - 5000 (5000)"
    )
    parser.add_argument("--data", type=Path, default=Path("var"), metavar="DIR", help="where all state is kept (var)")
    parser.add_argument(
        "--gateway",
        choices=("krakend", "haproxy"),
        default=os.environ.get("GATEWAY") or "haproxy",  # bin/start says what this machine has
        help="which gateway: by default KrakenD where it is, else HAProxy",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="PROCESS",
        choices=processes,
        help=f"leave a process out; one of {', '.join(processes)}",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting for this run"
    )
    parser.add_argument(
        "--network-faults",
        action="store_true",
        help="let bin/verify cut, silence and slow the links between our processes and the servers they use",
    )
    parser.add_argument(
        "--clock-faults", action="store_true", help="let bin/verify put the clocks of processes forward and back"
    )
    parser.add_argument(
        "command",
        nargs="*",
        metavar="COMMAND",
        help="run this when all is ready, with the settings as its environment; then stop",
    )
    options = parser.parse_args(argv)
    try:
        options.set = settings.assignments(options.set)
    except ValueError as error:
        parser.error(str(error))
    return options


def _count(text: str) -> int:
    if not 1 <= (count := int(text)) <= 100:  # honcho gives a process type 100 ports
        raise argparse.ArgumentTypeError("must be between 1 and 100")
    return count


def _base(text: str) -> int:
    if not 1024 <= (base := int(text)) <= 29000:  # from 32768 on the kernel gives ports to connections
        raise argparse.ArgumentTypeError("must be between 1024 and 29000")
    return base


if __name__ == "__main__":  # `bin/start --help` before anything is set up
    lines = (Path(__file__).parents[3] / "Procfile").read_text().splitlines()
    parse(sys.argv[1:], [line.partition(":")[0] for line in lines])
