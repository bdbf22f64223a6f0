"""Passwords: Argon2id hashes, and how many requests may be about one at the same time."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import get_native_id
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from users.domain.errors import TooBusy

P = ParamSpec("P")
T = TypeVar("T")

_NICENESS = 10


class Passwords:
    """Hashes with OWASP's parameters for Argon2id (Password Storage Cheat Sheet: 19 MiB, 2 rounds, 1 lane).

    Each hash keeps a core busy for 20 ms or more and holds 19 MiB: no more than `at_once` are made at the same time.
    """

    def __init__(self, *, at_once: int = 1, memory_kib: int = 19 * 1024, rounds: int = 2) -> None:
        # Threads of their own: each thread that hashes keeps 19 MiB in its malloc arena for good.
        self._threads = ThreadPoolExecutor(at_once, "argon2", initializer=_give_way)
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._nobodys = self._hasher.hash("no account has this hash")

    def hash(self, password: str) -> str:
        return self._threads.submit(self._hasher.hash, password).result()

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether this is the password. Without a hash the answer is no, and takes as long to find."""
        try:
            self._threads.submit(self._hasher.verify, password_hash or self._nobodys, password).result()
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than hash() uses now."""
        return self._hasher.check_needs_rehash(password_hash)


def _give_way() -> None:
    """Let the event loop and the other threads have the core first: they need it for much less than a hash does."""
    with suppress(
        OSError
    ):  # only Linux has a niceness for each thread (setpriority(2), "C library/kernel differences")
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)


class SignInThreads:
    """Runs the requests that are about a password in threads of their own, the rest of them waiting in the event loop.

    So a rush of logins takes no thread from the other routes.
    """

    def __init__(self, threads: int, queue: int) -> None:
        self._limiter = anyio.CapacityLimiter(threads)
        self._queue = queue

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's result. Raises TooBusy if too many wait already."""
        if self._limiter.available_tokens == 0 and self._limiter.statistics().tasks_waiting >= self._queue:
            raise TooBusy
        return await anyio.to_thread.run_sync(partial(call, *args, **kwargs), limiter=self._limiter)
