"""The command line of bin/restart."""

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

DESCRIPTION = """\
Renews the processes of a running system one after the other, with the code and the packages that are there now.
A service goes on serving until its new process is ready, and then until its clients have left: no request fails.
A consumer, the relay or the reconciler is ended and started again; what it had in flight goes back to its queue.
Settings stay those the system was started with. The stores and the broker are left alone. HAProxy as
the gateway loses no request; KrakenD refuses connections until it listens again.
"""
EPILOG = """\
examples:
  bin/restart                     everything that can be renewed
  bin/restart enrollment          every enrollment process
  bin/restart users enrollment.2  these
  bin/restart --data var/second   a system that was started with --data var/second

The exit status is 0 when all are renewed, 1 when one could not be, which then serves as before, and none after it was
touched, 2 when there is no such system or process, 130 after Ctrl-C.
"""


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/restart",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="a process type, or one of them (all)")
    parser.add_argument("--data", type=Path, default=ROOT / "var", metavar="DIR", help="the system's data folder (var)")
    return parser.parse_args(argv)
