"""Which request a thing is done for: an id that goes from the gateway through events to the mail and the webhook.

It arrives in the header X-Request-ID or is made here, is in every line of the log, goes on in the header of the same
name to other services and in messages, and returns in the reply.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import count
from typing import Any, ParamSpec, TypeVar

import httpx

from kit.observability import tracing

P = ParamSpec("P")
T = TypeVar("T")

HEADER = "x-request-id"  # of HTTP and of AMQP alike
SCOPE_KEY = "kit.request_id"  # in the ASGI scope, where the context variable is not set yet

# Ids that fit into a line of a log, a header and a URL without a second thought.
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def well_formed(value: object) -> str | None:
    """The value, if it can be a request's id."""
    return value if isinstance(value, str) and _WELL_FORMED.fullmatch(value) else None


def request_ids() -> Iterator[str]:
    """New ids without end: a random part of this process's, and a number."""
    prefix = os.urandom(8).hex()
    return (f"{prefix}-{number:x}" for number in count(1))


def current() -> str | None:
    """The id of the request this thread or task works for."""
    return _request_id.get()


def enter(request_id: str) -> None:
    """From here to the end of this task or thread it is this request's work."""
    _request_id.set(request_id)


@contextmanager
def bind_from_headers(headers: Mapping[str, Any]) -> Iterator[None]:
    """In here it is the work of the request that a message's headers name; of none if they name none properly."""
    token = _request_id.set(well_formed(headers.get(HEADER)))
    try:
        yield
    finally:
        _request_id.reset(token)


def propagation_headers() -> dict[str, str]:
    """The headers that whatever is sent on behalf of this request must carry."""
    request_id = _request_id.get()
    headers = {HEADER: request_id} if request_id else {}
    tracing.inject(headers)
    return headers


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """The work, to be done in another thread, still for this request: not in its time, nor once by its key."""
    headers = propagation_headers()

    @wraps(work)
    def carrying(*given: P.args, **named: P.kwargs) -> T:
        with bind_from_headers(headers):
            return work(*given, **named)

    return carrying


def inject_headers(request: httpx.Request) -> None:
    """Event hook of an httpx client: its requests carry the headers."""
    request.headers.update(propagation_headers())
