from collections.abc import Iterator

import pytest

from tests.integration.enrollment.world import Caller, Process, World, fresh_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with fresh_world() as world:
        yield world


@pytest.fixture(scope="module")
def service(world: World) -> Process:
    return world.start_service()


@pytest.fixture(scope="module")
def calls(service: Process) -> Iterator[Caller]:
    caller = Caller(service)
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def three(world: World, service: Process) -> Iterator[Caller]:
    """Three instances of the service, called in turn."""
    caller = Caller(service, world.start_service(), world.start_service())
    yield caller
    caller.close()
