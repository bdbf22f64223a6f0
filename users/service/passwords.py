"""Passwords: their Argon2id hashes."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import get_native_id
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from kit.concurrency import deadline
from users.domain.errors import TooBusy

P = ParamSpec("P")
T = TypeVar("T")

_NICENESS = 10
LONGEST_WAIT_S = 60.0  # where there is no deadline


class Passwords:
    """Hashes with OWASP's parameters for Argon2id (Password Storage Cheat Sheet: 19 MiB, 2 rounds, 1 lane).

    Each hash keeps a core busy for 20 ms or more and holds 19 MiB: no more than `at_once` are made at the same time.
    """

    def __init__(self, *, at_once: int = 1, memory_kib: int = 19 * 1024, rounds: int = 2) -> None:
        # Threads of their own: each thread that hashes keeps 19 MiB in its malloc arena for good.
        # bounded: by the threads of sign-in, each of which waits for one.
        self._threads = ThreadPoolExecutor(at_once, "argon2", initializer=_give_way)
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._nobodys = self._hasher.hash("no account has this hash")

    def hash(self, password: str) -> str:
        """Raises TooBusy."""
        return self._run(self._hasher.hash, password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether this is the password. Without a hash the answer is no, and takes as long to find. Raises TooBusy."""
        try:
            self._run(self._hasher.verify, password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than hash() uses now."""
        return self._hasher.check_needs_rehash(password_hash)

    def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result, which is waited for until the request's deadline."""
        future = self._threads.submit(call, *args, **kwargs)
        try:
            return future.result(deadline.remaining(LONGEST_WAIT_S))
        except TimeoutError:
            future.cancel()
            raise TooBusy from None


def _give_way() -> None:
    """Let the event loop and the other threads have the core first: they need it for much less than a hash does."""
    # Only Linux has a niceness for each thread (setpriority(2), "C library/kernel differences").
    with suppress(OSError):
        own = os.getpriority(os.PRIO_PROCESS, os.getpid())  # of the process: an operator may have made it urgent
        os.setpriority(os.PRIO_PROCESS, get_native_id(), min(19, own + _NICENESS))
