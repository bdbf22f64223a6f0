"""Shows that bin/verify notices when a guard is missing: one system after the other, each without one of them.

    bin/verify-guards [GUARD…]     all of them take twenty minutes

For each it starts a system on fresh data with bin/start, runs bin/verify on it, and prints what was found. `none` and
`none-cluster` are systems with all guards, under the faults that find `fence` and `replid`. The exit status is 0 when
each missing guard was noticed, and nothing else was.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from verify.arguments import ROOT

UNDONE = Path(__file__).with_name("undone")
HURRY = "RETRY_DELAYS_S=2,4,8,15,30"  # else what failed is waited for longer than the load lasted


@dataclass(frozen=True)
class Trial:
    """How a missing guard is noticed: bin/start's options, bin/verify's, and the columns in which it shows."""

    start: tuple[str, ...]
    verify: tuple[str, ...]
    minutes: float
    shows_in: tuple[str, ...]


STALE = ("stale 304s", "replies that contradict the stores")
THREE = ("--enrollment", "3")
SEEN_SOON = ("--still-lines", "12")
OF_DYNAMODB = (*SEEN_SOON, "--faults", "slow", "--targets", "lossy:dynamodb")
OF_REDIS_NODES = (*SEEN_SOON, "--faults", "failover")
TRIALS: Mapping[str, Trial] = {
    "none": Trial((*THREE, "--network-faults"), OF_DYNAMODB, 3, ()),
    "none-cluster": Trial(("--cluster",), OF_REDIS_NODES, 2.5, ()),
    "claim": Trial((), ("--faults", "duplicate"), 0.5, ("duplicate notices",)),
    "stamp": Trial((*THREE, "--clock-faults"), (*SEEN_SOON, "--faults", "clock", "--targets", "redis"), 2, STALE),
    "mark": Trial(THREE, (*SEEN_SOON, "--faults", "stop", "--targets", "redis,enrollment"), 2, STALE),
    "fence": Trial((*THREE, "--network-faults"), OF_DYNAMODB, 3, STALE),
    "replid": Trial(("--cluster",), OF_REDIS_NODES, 2.5, STALE),
}


def main() -> int:
    options = parse(sys.argv[1:])
    rows = [(name, *tried(name, options)) for name in options.guards]
    print(f"\n{'undone':8} {'minutes':>7}  what bin/verify found")
    for name, found, _ in rows:
        told = ", ".join(f"{count} {column}" for column, count in found.items()) or "nothing"
        print(f"{name:8} {float(options.minutes or TRIALS[name].minutes):7g}  {told}")
    return 0 if all(is_as_expected for _, _, is_as_expected in rows) else 1


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/verify-guards", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guards", nargs="*", metavar="GUARD", help=f"some of {', '.join(TRIALS)} (all)")
    parser.add_argument("--minutes", metavar="N", help="how long each lasts (0.5 to 3)")
    parser.add_argument("--seed", default="1", metavar="N", help="for the dice (1)")
    parser.add_argument("--base-port", default="15000", metavar="N", help="first port of the systems (15000)")
    parser.add_argument(
        "--data", default=str(ROOT / "var/guards"), metavar="DIR", help="their data folder (var/guards)"
    )
    options = parser.parse_args(argv)
    if unknown := sorted(set(options.guards) - TRIALS.keys()):
        parser.error(f"there is no guard {', '.join(unknown)}")
    options.guards = options.guards or list(TRIALS)
    return options


def tried(name: str, options: argparse.Namespace) -> tuple[dict[str, int], bool]:
    """Each column with something in it, and whether it is what had to be found."""
    trial, data = TRIALS[name], Path(options.data) / name
    record = data.with_suffix(".json")
    record.parent.mkdir(parents=True, exist_ok=True)
    record.unlink(missing_ok=True)
    undone = () if name.startswith("none") else ("--set", f"PYTHONPATH={UNDONE}", "--set", f"UNDONE={name}")
    start = [ROOT / "bin/start", "--fresh", *trial.start, *undone, "--set", HURRY]
    start += ["--base-port", options.base_port, "--data", data]
    verify = [ROOT / "bin/verify", *trial.verify, "--minutes", options.minutes or str(trial.minutes)]
    verify += ["--seed", options.seed, "--data", data, "--json", record]
    print(f"without {name}:" if undone else "with all guards:", *trial.verify, flush=True)
    subprocess.run([*start, "--", *verify], env=_own_environment(), check=False)
    if not record.exists():
        return {"no outcome": 1}, False
    found = {column: count for column, count in json.loads(record.read_text())["must_be_zero"].items() if count}
    return found, any(column in found for column in trial.shows_in) if trial.shows_in else not found


def _own_environment() -> dict[str, str]:
    """Without the path on which this was found: bin/start's children have that of the guard."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


if __name__ == "__main__":
    sys.exit(main())
