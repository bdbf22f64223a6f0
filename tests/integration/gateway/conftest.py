"""One HAProxy for the tests that leave it as it is; what they sent it is forgotten between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.gateway.running import Gateway, running
from tests.integration.gateway.upstream import Handler


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running(tmp_path_factory.mktemp("gateway")) as gateway:
        yield gateway


@pytest.fixture
def gateway(shared: Gateway) -> Gateway:
    for upstream in shared.upstreams:
        upstream.seen.clear()
        upstream.handle = Handler.say_what_was_asked
    return shared


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For a HAProxy of the test's own."""
    return tmp_path
