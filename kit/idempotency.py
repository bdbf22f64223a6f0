"""A request that is to happen once, however often it is sent: what identifies it, and what is kept of it.

kit.web.idempotency makes it of the header `Idempotency-Key`; kit.stores.idempotency_keys keeps it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from kit.errors import Conflict, Malformed


class KeyReused(Malformed):
    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request; use a new one for each")


class StillRunning(Conflict):
    retry_after_s = 1

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key has not been answered yet; repeat it in a moment")


@dataclass
class KeyedRequest:
    """`name`: the caller and the key; `fingerprint`: of method, path and body.

    `outcome_is_reply`: what is kept of it with its change determines the reply; `is_replayed`: it had happened before.
    """

    name: str
    fingerprint: str
    outcome_is_reply: bool = False
    is_replayed: bool = False


@dataclass(frozen=True)
class StoredReply:
    """`code`: of a refusal, see kit.errors.AppError.code. `location`: the header, where there is one."""

    status: int
    body: str
    code: str = ""
    location: str = ""


_current: ContextVar[KeyedRequest | None] = ContextVar("keyed_request", default=None)


def current() -> KeyedRequest | None:
    """The request this thread or task works for, if it has a key."""
    return _current.get()


@contextmanager
def working_for(request: KeyedRequest | None) -> Iterator[None]:
    """In here, and in threads started with this context, it is this request's work; None: a part of some request's,
    which is not done once by itself."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)
