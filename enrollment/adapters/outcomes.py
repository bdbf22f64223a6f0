"""Outcomes of keyed requests, as their commands returned them: in the transaction of the change (kit.idempotency)."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from enrollment.domain.class_section import ClassSection
from enrollment.domain.record import Dropped, Seated, Swapped, Waiting
from kit.errors import AppError, Conflict, Forbidden, Malformed, NotFound, Unauthorized
from kit.idempotency import KeyedRequest, StoredReply
from kit.stores.idempotency_keys import IdempotencyKeys, Kept

_FORMS = {kind.__name__: TypeAdapter(kind) for kind in (ClassSection, Dropped, Seated, Swapped, Waiting)}
_REFUSALS = {kind.status: kind for kind in (Unauthorized, Forbidden, NotFound, Conflict, Malformed)}


class Outcomes:
    def __init__(self, keys: IdempotencyKeys) -> None:
        self._keys = keys

    def known(self, requests: Sequence[KeyedRequest]) -> dict[str, tuple[str, Any]]:
        """Of those that have happened, by name, fingerprint and outcome; a refusal is a value. Raises Unavailable."""
        kept = self._keys.kept([request.name for request in requests]) if requests else {}
        return {name: (each.fingerprint, _outcome(each)) for name, each in kept.items()}

    def write_of(self, request: KeyedRequest, outcome: Any) -> dict[str, Any]:
        """One write of the transaction that makes it happen; it fails if it has happened."""
        if isinstance(outcome, AppError):
            body = json.dumps({"detail": outcome.detail}, separators=(",", ":"), ensure_ascii=False)  # as kit.web.app
            return self._keys.write_of(request, reply=StoredReply(outcome.status, body, outcome.code()))
        return self._keys.write_of(request, outcome=encoded(outcome))


def _outcome(kept: Kept) -> Any:
    """None also of what no command was asked for, here or by another service: its fingerprint tells that."""
    if kept.outcome is not None:
        return decoded(kept.outcome)
    if kept.reply is None or kept.reply.status not in _REFUSALS:
        return None
    kind, code = _REFUSALS[kept.reply.status], kept.reply.code
    refused: type[AppError] = type("Refused", (kind,), {"code": classmethod(lambda _: code)})
    return refused(json.loads(kept.reply.body)["detail"])


def encoded(outcome: Any) -> str:
    """None, or one of _FORMS."""
    if outcome is None:
        return "null"
    name = type(outcome).__name__
    return json.dumps({name: _FORMS[name].dump_python(outcome, mode="json")})


def decoded(text: str) -> Any:
    named = json.loads(text)
    if not isinstance(named, dict):
        return None
    [(name, value)] = named.items()
    return _FORMS[name].validate_python(value)
