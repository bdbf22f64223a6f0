"""Keyed requests (kit.idempotency) within a batch: which have happened before, which happen now, what is replied."""

from collections.abc import Callable, Sequence
from typing import Any

from kit.errors import AppError
from kit.idempotency import KeyedRequest, KeyReused

Known = dict[str, tuple[str, Any]]  # those that have happened: name → fingerprint and outcome; a refusal is a value
Happening = tuple[KeyedRequest, Any]


def once(key: KeyedRequest | None, known: Known, decide: Callable[[], Any], *, tells_reply: bool) -> Any:
    """What `decide` returns, or what came of the request before. `known` gets it, should it come twice in a batch."""
    if key is None:
        return decide()
    if key.name in known:
        return replayed(key, known, tells_reply=tells_reply)
    reply = decide()
    key.is_replayed = False
    key.is_settled = tells_reply or isinstance(reply, AppError)
    known[key.name] = key.fingerprint, reply
    return reply


def replayed(key: KeyedRequest, known: Known, *, tells_reply: bool) -> Any:
    fingerprint, reply = known[key.name]
    if fingerprint != key.fingerprint:
        reply = KeyReused()
    key.is_replayed = True
    key.is_settled = tells_reply or isinstance(reply, AppError)
    return reply


def happening(keys: Sequence[KeyedRequest | None], replies: Sequence[Any]) -> list[Happening]:
    """Those that happen now and have not before, each once, and what comes of them."""
    pairs = zip(keys, replies, strict=True)
    return [(key, reply) for key, reply in pairs if key is not None and not key.is_replayed]
