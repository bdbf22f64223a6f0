"""The command line of bin/verify."""

import argparse
import random
from pathlib import Path

from verify.history import Kind

ROOT = Path(__file__).resolve().parents[3]

DESCRIPTION = """\
Puts a running development system under load through its gateway, as students, an instructor and the registrar, with
their tokens. Meanwhile it kills and freezes processes one after the other, cuts and slows their links to the servers,
and checks that seats are never double-booked, waitlist order is kept, no notification is lost and every reply comes in
time. It works on classes of its own and removes them at the end; its students' accounts stay.
"""
EPILOG = """\
examples:
  bin/start                      in another terminal; bin/verify works on what runs
  bin/verify                     one minute
  bin/verify --minutes 10        long enough to hit every process several times
  bin/verify --faults none       load only
  bin/verify --faults stop       SIGSTOP and SIGCONT only: silent stores, frozen services
  bin/verify --faults stop,slow --targets stop:enrollment,slow:redis --at-once 2
                                 frozen enrollment only, beside a slow Redis
  bin/verify --at-once 2         two faults at any time
  bin/verify --seed 7            the same faults and choices in the same order
  bin/verify --data var/second   a system that was started with --data var/second

kill and stop are of processes; partition and slow are of the links to Redis (but a cluster's), RabbitMQ, DynamoDB and
the mail server (--targets lossy:dynamodb: some packets get lost, and come later than others), mail makes that one take
mails late, cut connections, say 4yz or speak letter by letter; these need a system started with bin/start
--network-faults. clock puts the clocks of processes forward and back, by seconds or by an hour, and needs bin/start
--clock-faults. leader and failover are of the nodes of RabbitMQ and Redis, and need bin/start --cluster. duplicate: the
broker gets messages twice; receivers: some webhooks go to hostile receivers (what is still to be tried again when it
ends may become a dead letter later).

The exit status is 0 when every column that must be zero is zero, 1 when one is not, 2 when the system cannot be
verified, 130 after Ctrl-C, which shows the table so far.
"""


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/verify",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=_minutes, default=1.0, metavar="N", help="how long the load lasts (1)")
    parser.add_argument("--data", type=Path, default=ROOT / "var", metavar="DIR", help="the system's data folder (var)")
    parser.add_argument(
        "--faults",
        type=_kinds,
        metavar="KIND,…",
        help=f"what goes wrong: {', '.join(Kind)}, or none for load only (all that the system allows)",
    )
    parser.add_argument(
        "--targets",
        type=lambda text: tuple(text.split(",")),
        default=(),
        metavar="NAME,…",
        help="what it goes wrong with, processes, links and clocks: enrollment, slow:redis … (all)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(1_000_000),  # noqa: S311 - guards no secret
        metavar="N",
        help="for the dice (a random one)",
    )
    parser.add_argument(
        "--line", type=int, default=0, metavar="N", help="also a class in which N wait, move and ask where they are"
    )
    parser.add_argument(
        "--classes",
        type=int,
        default=0,
        metavar="N",
        help="also N classes beside, which stay for the next time, and whose list is asked for",
    )
    parser.add_argument(
        "--still-lines",
        type=int,
        default=0,
        metavar="N",
        help="also N lines that change now and then and are looked at all the time",
    )
    parser.add_argument("--at-once", type=int, choices=(1, 2, 3), default=1, help="how many faults at any time (1)")
    parser.add_argument(
        "--linearizability",
        action="store_true",
        help="also look for one order that explains all that was seen of each class (porcupine; needs Go)",
    )
    parser.add_argument("--gateway", choices=("krakend", "haproxy"), help="only if this is the gateway that runs")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the table and every finding, with what led to it, to FILE as well",
    )
    options = parser.parse_args(argv)
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json {options.json}: there is no folder {options.json.parent}")
    return options


def _kinds(text: str) -> tuple[Kind, ...]:
    try:
        return () if text == "none" else tuple(dict.fromkeys(Kind(word) for word in text.split(",")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; there are {', '.join(Kind)} and none") from error


def _minutes(text: str) -> float:
    if not 0 < (minutes := float(text)) <= 24 * 60:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 1440")
    return minutes
