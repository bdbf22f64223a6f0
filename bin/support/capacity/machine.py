"""One machine of two cores, as bin/bench loads it: from what the parts cost, what the whole does.

A request takes CPU of our process (which runs one thread at a time) and of everything else on the machine: stores and
the load's own program. The records of bin/bench have the first, and of the bare operation beside it, the floor, how
much of the machine is left for the second. Rates are not put in: they come out, and are held against those measured.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

from capacity.engine import Pool, Process, Simulation

RECORDS = Path(__file__).parents[3] / "etc/bench"
CORES = 2
REPLIES = 4000  # about so many are simulated


class Row(NamedTuple):
    """Of a record: requests a second, CPU of our process for one, of the floor's, and what all else may take there."""

    rate: float
    ours_s: float
    floor_s: float
    others_s: float


def row(record: str, name: str) -> Row:
    [found] = [each for each in json.loads((RECORDS / record).read_text())["rows"] if each["row"] == name]
    ours_s, floor_s = (found[side]["cpu_us_per_request"] / 1e6 for side in ("ours", "floor"))
    return Row(found["ours"]["rate"], ours_s, floor_s, CORES / found["floor"]["rate"] - floor_s)


@dataclass(frozen=True)
class Measured:
    """`steps` of one request: the process, how many threads of it run at once, and CPU seconds."""

    name: str
    clients: int
    rate: float
    steps: tuple[tuple[str, int, float], ...]


def measured() -> Iterator[Measured]:
    tag, enroll, drop, hook, login = (
        row("2.0.json", name) for name in ("304-tag", "enroll", "drop", "backlog-webhook", "login")
    )
    gateway = row("2.0-rest.json", "gateway")
    yield Measured("position → 304", 32, tag.rate, (("service", 1, tag.ours_s),))
    through = (("gateway", CORES, gateway.ours_s), ("service", 1, gateway.floor_s), ("load", 1, gateway.others_s))
    yield Measured("the same through HAProxy", 32, gateway.rate, through)
    for name, clients, of in (("enroll", 32, enroll), ("drop, with notice", 16, drop), ("webhook", 50, hook)):
        yield Measured(name, clients, of.rate, (("service", 1, of.ours_s), ("stores", CORES, of.others_s)))
    hashing = (("hash", CORES - 1, login.floor_s), ("service", 1, login.ours_s - login.floor_s))
    yield Measured("login", 16, login.rate, hashing)


@cache
def simulated(case: Measured) -> tuple[float, float]:
    """Requests a second, and the median reply in seconds, when so many clients ask one after the other."""
    simulation = Simulation()
    cores = Pool(simulation, CORES)
    pools = {name: Pool(simulation, threads) for name, threads, _ in case.steps}
    took: list[float] = []

    def client() -> Process:
        while True:
            began_s = simulation.now_s
            for name, _, cpu_s in case.steps:
                yield pools[name]
                yield from cores.use(cpu_s)
                pools[name].give()
            took.append(simulation.now_s - began_s)

    for number in range(case.clients):
        simulation.start(client(), number * 1e-6)
    simulation.run(until_s=REPLIES / case.rate)
    return len(took) / simulation.now_s, median(took)
