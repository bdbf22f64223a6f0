"""How many requests may be about a password at the same time, and how long the others wait for their turn."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from kit.concurrency import deadline
from users.domain.errors import TooBusy

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_WAIT_S = 60.0  # where a request has no deadline
NEEDED_S = 1.4  # a hash among as many as there are threads, and the longest call to the database


class SignInThreads:
    """Runs the requests that are about a password in threads of their own, the rest of them waiting in the event loop.

    So a rush of logins takes no thread from the other routes. A login that could not be answered before the request's
    deadline is refused at once or as soon as that is clear: those who get in are the more likely to be served.
    """

    def __init__(self, threads: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "sign-in")  # bounded: by `_enter`
        self._free = asyncio.Semaphore(threads)
        self._queue = queue
        self._waiting = 0

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's result. Raises TooBusy if too many wait already, or too long."""
        await self._enter()
        try:
            in_context = partial(copy_context().run, partial(call, *args, **kwargs))  # which has the deadline
            return await asyncio.get_running_loop().run_in_executor(self._pool, in_context)
        finally:
            self._free.release()

    async def _enter(self) -> None:
        if self._free.locked() and self._waiting >= self._queue:
            raise TooBusy
        self._waiting += 1
        try:
            async with asyncio.timeout(deadline.remaining(LONGEST_WAIT_S) - NEEDED_S):
                await self._free.acquire()
        except TimeoutError:
            raise TooBusy from None
        finally:
            self._waiting -= 1
