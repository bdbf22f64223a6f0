"""The command line of bin/bench."""

import argparse
import sys
from pathlib import Path

ROWS = (
    "positions",
    "enroll",
    "enroll-one",
    "drop",
    "keys",
    "rosters",
    "notices",
    "long-line",
    "waiting",
    "offers",
    "list",
    "gateway",
    "logins",
    "growth",
)
# Only where it is named: it starts two more processes, and is about several machines.
ON_REQUEST = ("instances",)
# The gateway is not of the processes that are measured, tables filled for one revision are filled for the other, and
# rosters, waiting and offers have no side that the other revision could be.
ALONE = ("gateway", "growth", "rosters", "waiting", "offers")

EPILOG = """\
examples:
  bin/bench                          start a system of its own on fresh data, measure, stop it
  bin/bench --quick                  the same in a minute or so: whether everything works, no figures to quote
  bin/bench --full                   also with a million enrollments
  bin/bench --only positions list    some rows
  bin/bench --compare etc/bench/1.1.json
  bin/bench --compare main~5 --only drop enroll
                                     this revision beside another one, in turn, in one run
  bin/bench --only drop --flame-graphs var/flames
                                     also where the time of its process goes
  bin/bench --running var            on the system bin/start runs with its data in var/

What is measured runs in processes of its own on the system's servers, with tables, queues and a Redis database of
its own, so a running system keeps its data. Each figure stands beside its floor: the bare operation that a request
cannot do without, measured in turn with ours on the same machine, five times. The spread is that of the five ratios.
Where some of them are above 1 and some below, the sides are "not distinguishable": the range of five pairs holds the
true median in 15 of 16 cases. Ratios of two machines compare, rates do not. etc/bench/release.json has those of the
last release, and where more than 10 % of one is lost it says so.

Beside another revision there are seven pairs (63 of 64 cases). Its services run on tables and queues that this one
makes, in a work tree and, where its requirements differ, a virtual environment of their own. py-spy, which draws flame
graphs, has to be allowed to look at other processes: as root, or where kernel.yama.ptrace_scope is 0.
"""


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Measures how fast the system is, against what its parts allow.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--quick", action="store_const", const="quick", dest="effort", help="a minute or so")
    effort.add_argument("--full", action="store_const", const="full", dest="effort", help="up to 1,000,000 enrollments")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=ROWS + ON_REQUEST,
        metavar="ROW",
        help=f"some of {', '.join(ROWS)}; or {', '.join(ON_REQUEST)}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the record (DATA/bench.json)")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--compare",
        metavar="OLD.json|REV",
        help="show the change since an older record, or measure another revision, too",
    )
    parser.add_argument("--flame-graphs", type=Path, metavar="DIR", help="draw one of each row's process")
    other.add_argument(
        "--release", metavar="NAME", help="write the ratios into etc/bench/release.json, as of this release"
    )
    parser.add_argument("--running", metavar="DATA", help="measure on the system that runs on this data folder")
    parser.add_argument("--gateway", choices=["krakend", "haproxy"], help="which gateway the system it starts has")
    parser.add_argument("--base-port", type=int, metavar="N", help="first port of the system it starts (25000)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder of the system it starts (var/bench)")
    parser.set_defaults(effort="standard")
    return parser.parse_args(argv)


if __name__ == "__main__":  # `bin/bench --help` before anything is set up
    parse(sys.argv[1:])
