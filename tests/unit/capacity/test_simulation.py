"""The simulation behind etc/capacity.md: it reproduces what bin/bench measured, and a day says what it must."""

from dataclasses import replace
from statistics import median

import pytest
from capacity.day import COST_S, SCALE, Day, Outcome, Plan, at
from capacity.engine import Pool, Process, Simulation
from capacity.machine import Measured, measured, simulated

# Small: two seconds' worth of logins for each core.
FEW = Plan(users=SCALE, enrollment=SCALE, gateway=SCALE, students=150 * SCALE, half_within_s=1, classes=1)


def outcome(**changes: float) -> Outcome:
    return Day(replace(FEW, **changes)).run()  # type: ignore[arg-type]


def test_a_pool_is_given_in_the_order_of_asking() -> None:
    simulation, ended = Simulation(), []
    pool = Pool(simulation, 2)

    def process(name: str) -> Process:
        yield from pool.use(1.0)
        ended.append((name, simulation.now_s))

    for name in "abcde":
        simulation.start(process(name))
    simulation.run()
    assert ended == [("a", 1), ("b", 1), ("c", 2), ("d", 2), ("e", 3)]


def test_who_waits_knows_how_long() -> None:
    simulation = Simulation()
    pool, waits = Pool(simulation, 2), []

    def process() -> Process:
        waits.append(pool.wait_s(1.0))
        yield from pool.use(1.0)

    for _ in range(6):
        simulation.start(process())
    simulation.run()
    assert waits == [0, 0, 0.5, 1.0, 1.5, 2.0]


@pytest.mark.parametrize("case", list(measured()), ids=lambda case: case.name)
def test_a_machine_does_what_was_measured_of_it(case: Measured) -> None:
    """Within 30 %: rates come out of costs alone, and what a wait costs beside them is in nobody's costs. Within 20 %
    below: of the load's own program it is known what it had, not what it took.
    """
    rate, median_s = simulated(case)
    assert 0.8 < rate / case.rate < 1.3
    assert median_s == pytest.approx(case.clients / rate, rel=0.1)  # Little's law


def test_a_day_is_the_same_each_time_it_is_simulated_with_one_seed() -> None:
    assert outcome() == outcome()
    assert outcome().login_s != outcome(seed=2).login_s


def test_everybody_gets_their_classes_in_the_end() -> None:
    found = outcome()
    assert len(found.login_s) == len(found.enroll_s) == len(found.done_s) == 150
    assert found.refused > 0


def test_a_queue_refuses_nobody_and_serves_nobody_much_later_than_others() -> None:
    queue, turned_away = outcome(queued=True), outcome()
    assert queue.refused == 0
    assert max(queue.login_s) < max(turned_away.login_s)
    assert max(queue.login_s) < 150 * COST_S["login"]  # as if all had come at once


def test_tokens_of_the_day_before_and_more_cores_take_the_rush_away() -> None:
    assert outcome(signed_in=0.9).refused == 0
    assert at(99, outcome(users=4 * SCALE).login_s) < at(99, outcome().login_s) / 4


def test_who_waits_in_a_line_asks_again_and_again() -> None:
    assert not outcome(full=0).rates["position"]
    assert sum(outcome(full=1).rates["position"].values()) == 12 * 150


def test_more_enrollment_processes_make_enrolling_no_slower() -> None:
    slow, quick = (median(outcome(classes=8, enrollment=size).enroll_s) for size in (SCALE, 4 * SCALE))
    assert quick <= slow
