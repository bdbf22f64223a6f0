from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.caller import Caller
from tests.support.campus import Campus, campus
from tests.support.waiting import until
from tests.support.world import Process, World, fresh_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with fresh_world() as world:
        yield world


# What is tested here is what is decided, not how soon: on a busy machine nothing is refused for being late.
# test_bounded_waits.py holds the service to its bound.
PATIENT = {"REPLY_WITHIN_S": "20"}
_COURSES = count(1)


@pytest.fixture(scope="module")
def service(world: World) -> Process:
    return world.start_service(**PATIENT)


@pytest.fixture(scope="module")
def calls(service: Process) -> Iterator[Caller]:
    caller = Caller(service)
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def elsewhere(world: World) -> Iterator[Caller]:
    """Another instance than `calls`."""
    caller = Caller(world.start_service(**PATIENT))
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def three(world: World, service: Process) -> Iterator[Caller]:
    """Three instances of the service, called in turn."""
    caller = Caller(service, world.start_service(**PATIENT), world.start_service(**PATIENT))
    yield caller
    caller.close()


@pytest.fixture
def doomed(world: World, request: pytest.FixtureRequest) -> Iterator[tuple[Process, Caller]]:
    """An instance that dies at the fault point which is the fixture's parameter, and its caller."""
    process = world.start_service(FAULT_POINT=request.param)
    caller = Caller(process)
    yield process, caller
    caller.close()


@pytest.fixture(scope="module")
def reconciler(world: World) -> Process:
    return world.start_module("enrollment.workers.reconciler", RECONCILE_INTERVAL_S="0.5")


@pytest.fixture(scope="module")
def here(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    """The classes, with the users service beside them."""
    world.deps.make_tables()
    with campus(world, tmp_path_factory.mktemp("keys")) as ours:
        until(lambda: ours.users.get("/health/ready").status_code == 200, "the users service is not ready")
        yield ours


@pytest.fixture
def course() -> str:
    return f"CPSC  {next(_COURSES)}/a"
