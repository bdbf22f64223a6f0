"""A registration day: everybody comes within minutes of the moment at which it opens.

CPU of each request is what machine.py takes from the records. Stores of AWS are elsewhere: a call to them takes time,
and none of our CPU. All of it is made smaller by `SCALE`, students and servers alike: queues of fewer servers are a
little longer, so what comes out is on the safe side.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import quantiles

from capacity.engine import Pool, Process, Simulation
from capacity.machine import row

SCALE = 25  # servers are bought in such steps here
STORES_S = 0.015  # an enroll's calls to DynamoDB and Redis, one after the other: assumed, not measured
LONGEST_WAIT_S = 0.8  # for a hash, then 503 (users.service.sign_in_threads)
TRIES_AGAIN_S = (2.0, 8.0)  # after a 503
THINKS_S = 8.0  # between two classes, on average
POLL_S, POLLS = 25.0, 12  # a page in which somebody waits stays open for five minutes
BUCKET_S = 10.0  # rates are of so many seconds

COST_S = {
    "login": row("2.0.json", "login").ours_s,  # 20 ms of it are the hash
    "list": row("2.0.json", "list").ours_s,
    "enroll": row("2.0.json", "enroll").ours_s,
    "position": row("2.0.json", "200").ours_s,
    "gateway": row("2.0-rest.json", "gateway").ours_s,
}


@dataclass(frozen=True)
class Plan:
    """What is bought, and how the students come."""

    users: int  # cores
    enrollment: int  # processes, a core each
    gateway: int  # cores
    students: int = 1_000_000
    half_within_s: float = 120.0
    signed_in: float = 0.0  # share of those who have a token of the day before
    queued: bool = False  # who finds no core for the hash waits in line, instead of a 503 and trying again
    classes: int = 5
    full: float = 0.2  # share of enrolls that find a class full, and wait for it
    seed: int = 1


@dataclass
class Outcome:
    """Seconds and counts, of all students (not of the part that was simulated)."""

    login_s: list[float] = field(default_factory=list)
    enroll_s: list[float] = field(default_factory=list)
    done_s: list[float] = field(default_factory=list)
    refused: int = 0
    rates: "dict[str, Counter[int]]" = field(default_factory=lambda: defaultdict(Counter))

    def peak(self, kind: str) -> float:
        """A second."""
        return max(self.rates[kind].values(), default=0) * SCALE / BUCKET_S


def at(percent: int, seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[percent - 1] if len(seconds) > 1 else 0.0


class Day:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._dice = random.Random(plan.seed)  # noqa: S311 - decides who comes when, guards no secret
        self._simulation = Simulation()
        self._outcome = Outcome()
        self._users, self._enrollment, self._gateway = (
            Pool(self._simulation, max(1, size // SCALE)) for size in (plan.users, plan.enrollment, plan.gateway)
        )

    def run(self) -> Outcome:
        for _ in range(self._plan.students // SCALE):
            self._simulation.start(self._student(), self._dice.expovariate(0.693 / self._plan.half_within_s))
        self._simulation.run()
        self._outcome.refused *= SCALE
        return self._outcome

    def _student(self) -> Process:
        came_s = self._simulation.now_s
        if self._dice.random() >= self._plan.signed_in:
            yield from self._log_in()
        yield from self._ask("list", self._enrollment, COST_S["list"])
        waits = False
        for _ in range(self._plan.classes):
            yield self._dice.expovariate(1 / THINKS_S)
            began_s = self._simulation.now_s
            yield from self._ask("enroll", self._enrollment, COST_S["enroll"])
            yield STORES_S
            self._outcome.enroll_s.append(self._simulation.now_s - began_s)
            waits |= self._dice.random() < self._plan.full
        self._outcome.done_s.append(self._simulation.now_s - came_s)
        for _ in range(POLLS if waits else 0):
            yield POLL_S
            yield from self._ask("position", self._enrollment, COST_S["position"])

    def _log_in(self) -> Process:
        began_s = self._simulation.now_s
        while not self._plan.queued and self._users.wait_s(COST_S["login"]) > LONGEST_WAIT_S:
            self._outcome.refused += 1
            yield from self._ask("refused", self._gateway, 0.0)
            yield self._dice.uniform(*TRIES_AGAIN_S)
        yield from self._ask("login", self._users, COST_S["login"])
        self._outcome.login_s.append(self._simulation.now_s - began_s)

    def _ask(self, kind: str, pool: Pool, cpu_s: float) -> Process:
        """One request, through the gateway."""
        yield from self._gateway.use(COST_S["gateway"])
        yield from pool.use(self._dice.gammavariate(4, cpu_s / 4) if cpu_s else 0.0)
        self._outcome.rates[kind][int(self._simulation.now_s / BUCKET_S)] += 1
