"""Passwords: their Argon2id hashes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, Protocol, TypeVar

from kit.concurrency import deadline
from users.domain.errors import TooBusy
from users.service.argon2id import Argon2id

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_WAIT_S = 60.0  # where there is no deadline


class Hasher(Protocol):
    """Argon2id wherever it is computed: see argon2id and adapters.hashing_processes. Both may raise OSError."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str, password: str) -> bool: ...


class Passwords:
    """Hashes with OWASP's parameters for Argon2id (Password Storage Cheat Sheet: 19 MiB, 2 rounds, 1 lane).

    Each hash keeps a core busy for 20 ms or more and holds 19 MiB: no more than `at_once` are made at the same time.
    """

    def __init__(
        self,
        *,
        at_once: int = 1,
        memory_kib: int = 19 * 1024,
        rounds: int = 2,
        hasher: Callable[[int, int], Hasher] = Argon2id,
    ) -> None:
        """`hasher` is made for so many KiB and rounds."""
        # Threads of their own: each thread that hashes keeps 19 MiB in its malloc arena, or its process, for good.
        # bounded: by the threads of sign-in, each of which waits for one.
        self._threads = ThreadPoolExecutor(at_once, "argon2")
        self._hasher = hasher(memory_kib, rounds)
        self._parameters = Argon2id(memory_kib, rounds)
        self._nobodys = self._parameters.hash("no account has this hash")

    def hash(self, password: str) -> str:
        """Raises TooBusy."""
        return self._run(self._hasher.hash, password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether this is the password. Without a hash the answer is no, and takes as long to find. Raises TooBusy."""
        return self._run(self._hasher.verify, password_hash or self._nobodys, password) and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than hash() uses now."""
        return self._parameters.is_outdated(password_hash)

    def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result, which is waited for until the request's deadline."""
        future = self._threads.submit(call, *args, **kwargs)
        try:
            return future.result(deadline.remaining(LONGEST_WAIT_S))
        except (TimeoutError, OSError):  # the second: where a machine has no process to give
            future.cancel()
            raise TooBusy from None
