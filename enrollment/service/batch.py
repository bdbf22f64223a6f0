"""The requests for one class that are decided together: how many fit into a transaction, and what is replied to each.

One with an Idempotency-Key (kit.idempotency) that has happened before, or twice in a batch, gets the first reply.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from enrollment.domain.history import SYSTEM, Actor
from enrollment.domain.record import Dropped, Swapped
from enrollment.domain.roster import Roster
from enrollment.service.commands import Command
from kit import idempotency
from kit.concurrency import deadline
from kit.errors import AppError
from kit.idempotency import KeyedRequest, KeyReused
from kit.observability import correlation

MOST_COMMANDS = 24  # in one transaction, each of weight 1
MOST_UNDER_RULE = 8  # likewise, where a course's rule asks for claims, and for those who are passed over

Known = dict[str, tuple[str, Any]]  # those that have happened: name → fingerprint and outcome; a refusal is a value
Happening = tuple[KeyedRequest, Any]


@dataclass(frozen=True)
class Request:
    """A command, who asks for it, the deadline of who waits for it, and what an event that comes of it carries on."""

    command: Command[Any]
    by: Actor = SYSTEM
    deadline: float = field(default_factory=deadline.current)
    origin: Mapping[str, str] = field(default_factory=correlation.propagation_headers)
    key: KeyedRequest | None = field(default_factory=idempotency.current)


@dataclass(frozen=True)
class Committed:
    """A command's result, and the publisher confirms its batch waits for."""

    reply: Any
    confirms: "list[Future[None]]"


def parts(requests: Sequence[Request], most: int = MOST_COMMANDS) -> Iterator[Sequence[Request]]:
    """The requests in order, so many together as one transaction takes; once nothing if there are none."""
    start = weight = 0
    for end, request in enumerate(requests):
        parts_here = request.command.alone or requests[end - 1].command.alone
        if end > start and (parts_here or weight + request.command.weight > most):
            yield requests[start:end]
            start, weight = end, 0
        weight += request.command.weight
    yield requests[start:]


def weight(requests: Sequence[Request]) -> int:
    return sum(request.command.weight for request in requests)


def fits(requests: Sequence[Request], rosters: Iterable[Roster | None]) -> bool:
    """Whether one transaction takes them all, now that the classes are known."""
    if len(requests) < 2 or all(request.command.optimistic for request in requests):
        return True
    return weight(requests) <= MOST_UNDER_RULE or not any(each and each.section.rule.applies for each in rosters)


def keys(requests: Sequence[Request]) -> list[KeyedRequest]:
    return [request.key for request in requests if request.key]


def decide(request: Request, roster: Roster, known: Known) -> Any:
    """The reply, or the refusal as a value: one command's refusal is not its neighbours'.

    What has happened before is not done again; `known` gets what happens, should it come twice in a batch.
    """
    key, tells_reply = request.key, request.command.tells_reply
    if key is None:
        return _mutate(request, roster)
    if key.name in known:
        return _replayed(key, known, tells_reply=tells_reply)
    reply = _mutate(request, roster)
    key.is_replayed = False
    key.outcome_is_reply = tells_reply or isinstance(reply, AppError)
    known[key.name] = key.fingerprint, reply
    return reply


def _mutate(request: Request, roster: Roster) -> Any:
    roster.acting, roster.request_id = request.by, request.origin.get(correlation.HEADER)
    try:
        return request.command.mutate(roster)
    except AppError as refusal:
        return refusal


def _replayed(key: KeyedRequest, known: Known, *, tells_reply: bool) -> Any:
    fingerprint, reply = known[key.name]
    if fingerprint != key.fingerprint:
        reply = KeyReused()
    key.is_replayed = not isinstance(reply, KeyReused)
    key.outcome_is_reply = tells_reply or isinstance(reply, AppError)
    return reply


def happening(requests: Sequence[Request], replies: Sequence[Any]) -> list[Happening]:
    """Those that happen now and have not before, each once, and what comes of them."""
    pairs = zip(requests, replies, strict=True)
    return [
        (request.key, reply)
        for request, reply in pairs
        if request.key and not request.key.is_replayed and not isinstance(reply, KeyReused)
    ]


def replayed_only(requests: Sequence[Request], known: Known, otherwise: AppError) -> list[Any]:
    """The reply to each that has happened before, and the refusal to the others: nothing is left to decide on."""
    return [
        _replayed(request.key, known, tells_reply=request.command.tells_reply)
        if request.key and request.key.name in known
        else otherwise
        for request in requests
    ]


def origins(requests: Sequence[Request], replies: Sequence[Any]) -> dict[int, Mapping[str, str]]:
    """By promoted student the origin of the drop that freed the seat: a batch is decided for many requests at once."""
    return {
        reply.promoted.student_id: request.origin
        for request, reply in zip(requests, replies, strict=False)
        if isinstance(reply, Dropped | Swapped) and reply.promoted
    }
