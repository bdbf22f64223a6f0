"""A failure that all who waited for have left behind is nobody's complaint."""

import asyncio
import gc
import logging
import threading

import pytest

from kit.concurrency.single_flight import SingleFlight
from kit.errors import Unavailable


def test_a_failure_that_comes_after_all_have_left_is_no_unretrieved_exception(caplog: pytest.LogCaptureFixture) -> None:
    gate = threading.Event()

    def work(_: int) -> None:
        gate.wait(5)
        raise Unavailable("The database does not answer")

    async def scene() -> None:
        flights = SingleFlight(work, 1, "work")
        with pytest.raises(Unavailable, match="busy"):
            await flights.wait(1, 0.05)
        gate.set()
        flights.close()
        await asyncio.sleep(0.05)
        gc.collect()

    with caplog.at_level(logging.ERROR, "asyncio"):
        asyncio.run(scene())
    assert caplog.text == ""
