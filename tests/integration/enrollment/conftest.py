from collections.abc import Iterator

import pytest

from tests.support.caller import Caller
from tests.support.world import Process, World, fresh_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with fresh_world() as world:
        yield world


# What is tested here is what is decided, not how soon: on a busy machine nothing is refused for being late.
# test_bounded_waits.py holds the service to its bound.
PATIENT = {"REPLY_WITHIN_S": "20"}


@pytest.fixture(scope="module")
def service(world: World) -> Process:
    return world.start_service(**PATIENT)


@pytest.fixture(scope="module")
def calls(service: Process) -> Iterator[Caller]:
    caller = Caller(service)
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def three(world: World, service: Process) -> Iterator[Caller]:
    """Three instances of the service, called in turn."""
    caller = Caller(service, world.start_service(**PATIENT), world.start_service(**PATIENT))
    yield caller
    caller.close()
