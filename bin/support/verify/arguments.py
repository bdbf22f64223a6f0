"""The command line of bin/verify."""

import argparse
import random
from pathlib import Path

from verify.history import Kind

ROOT = Path(__file__).resolve().parents[3]

DESCRIPTION = """\
Puts a running development system under load, kills and freezes its processes one after the other, and checks that seats
are never double-booked, waitlist order is kept, no notification is lost and every reply comes in time. It works on
classes and students of its own and removes them at the end.
"""
EPILOG = """\
examples:
  bin/start                      in another terminal; bin/verify works on what runs
  bin/verify                     one minute
  bin/verify --minutes 10        long enough to hit every process several times
  bin/verify --faults none       load only
  bin/verify --faults stop       SIGSTOP and SIGCONT only: silent stores, frozen services
  bin/verify --seed 7            the same faults and choices in the same order
  bin/verify --data var/second   a system that was started with --data var/second

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
        default=tuple(Kind),
        metavar="KIND,…",
        help=f"what happens to processes: {', '.join(Kind)}, or none for load only (all)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=random.randrange(1_000_000),  # noqa: S311 - guards no secret
        metavar="N",
        help="for the dice (a random one)",
    )
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
