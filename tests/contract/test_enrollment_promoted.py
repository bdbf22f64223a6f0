"""One event, one schema: what it allows the consumers accept, and what it forbids they set aside."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import (
    SearchStrategy,
    booleans,
    builds,
    dictionaries,
    fixed_dictionaries,
    floats,
    from_regex,
    integers,
    just,
    lists,
    none,
    one_of,
    sampled_from,
)
from hypothesis.strategies import text as any_text
from jsonschema import Draft202012Validator, ValidationError, validators

from enrollment.domain.events import About, Subscription, event_of
from enrollment.domain.history import Head, What
from enrollment.domain.record import Record, State
from notification.domain.event import Undecodable, decode

SCHEMA = json.loads((Path(__file__).parents[2] / "etc/schemas/enrollment.promoted.json").read_text())


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    """`pattern` as the specification means it (ECMA 262): `$` is the end, not also the place before a last newline."""
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield ValidationError("does not match")


VALIDATOR = validators.extend(Draft202012Validator, {"pattern": _pattern})(SCHEMA)
[EXAMPLE] = SCHEMA["examples"]


def accepted(event: Any) -> bool:
    try:
        decode(json.dumps(event).encode())
    except Undecodable:
        return False
    return True


def _field(schema: dict[str, Any]) -> SearchStrategy[Any]:
    """Values a field's schema allows."""
    if "const" in schema:
        return just(schema["const"])
    if schema["type"] == "integer":
        return integers(schema["minimum"], schema["maximum"])
    texts = from_regex(schema["pattern"].replace("$", r"\Z")).filter(
        lambda value: len(value) <= schema.get("maxLength", 10**6)
    )
    return one_of(none(), texts) if "null" in schema["type"] else texts


EVENTS = fixed_dictionaries({name: _field(field) for name, field in SCHEMA["properties"].items()})
# 4.0 is an integer to JSON Schema and a number to the consumers; no publisher writes an id so.
SCALARS = one_of(
    none(), booleans(), integers(), floats().filter(lambda value: not value.is_integer()), any_text(max_size=20)
)
JUNK = one_of(SCALARS, lists(SCALARS, max_size=3), dictionaries(any_text(max_size=5), SCALARS, max_size=3))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert VALIDATOR.is_valid(EXAMPLE)


def test_the_example_is_decoded_field_by_field() -> None:
    assert decode(json.dumps(EXAMPLE).encode()).model_dump() == EXAMPLE


@given(EVENTS)
def test_what_the_schema_allows_is_accepted(event: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(event)
    assert accepted(event)


@given(builds(lambda name, junk: EXAMPLE | {name: junk}, sampled_from(sorted(EXAMPLE)), JUNK))
def test_schema_and_consumers_agree_on_an_event_with_one_field_replaced(event: dict[str, Any]) -> None:
    assert accepted(event) == VALIDATOR.is_valid(event)


@given(JUNK)
def test_schema_and_consumers_agree_on_any_json(value: Any) -> None:
    assert not VALIDATOR.is_valid(value)
    assert not accepted(value)


@given(
    integers(1, 2**53 - 1),
    integers(1, 2**53 - 1),
    sampled_from(["abhinav@example.com", None]),
    sampled_from(["https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt", None]),
)
def test_what_enrollment_publishes_is_accepted(
    student_id: int, class_id: int, email: str | None, proxy: str | None
) -> None:
    about = About(datetime.now(UTC).isoformat(), class_id, Head(7, "5" * 64))
    record = Record(student_id, State.ENROLLED)
    notice = event_of(What.PROMOTED, about, record, Subscription(email, proxy), None, {})
    assert VALIDATOR.is_valid(json.loads(notice.body))
    event = decode(notice.body)
    assert (event.student_id, event.class_id, event.email, event.proxy_url) == (student_id, class_id, email, proxy)
    assert event.message == f"Student with id: {student_id} has been enrolled in Class {class_id}"


@pytest.mark.parametrize("wishes", [("de", "event"), ("es", None), (None, "event"), (None, None)])
def test_what_the_student_chose_with_the_subscription_is_in_the_event(wishes: tuple[str | None, str | None]) -> None:
    about = About(datetime.now(UTC).isoformat(), 2, Head(7, "5" * 64))
    target = Subscription("abhinav@example.com", None, *wishes)
    notice = event_of(What.PROMOTED, about, Record(4, State.ENROLLED), target, None, {})
    assert VALIDATOR.is_valid(json.loads(notice.body))
    event = decode(notice.body)
    assert (event.language, event.webhook_format) == wishes


@pytest.mark.parametrize("name", ["history_number", "history_hash"])
def test_an_event_of_version_1_knows_no_history(name: str) -> None:
    event = {key: value for key, value in EXAMPLE.items() if key != name}
    assert VALIDATOR.is_valid(event)
    assert accepted(event)


@pytest.mark.parametrize("name", sorted(SCHEMA["required"]))
def test_every_field_of_version_1_is_required(name: str) -> None:
    event = {key: value for key, value in EXAMPLE.items() if key != name}
    assert not VALIDATOR.is_valid(event)
    assert not accepted(event)


def test_a_field_this_version_does_not_know_is_ignored() -> None:
    event = EXAMPLE | {"priority": "high"}
    assert VALIDATOR.is_valid(event)
    assert accepted(event)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "not-a-uuid"}, {"id": EXAMPLE["id"] + "\n"}, {"type": "enrollment.dropped"}, {"student_id": 0},
        {"student_id": -4}, {"student_id": "4"}, {"student_id": True}, {"student_id": 10**30}, {"class_id": 2.5},
        {"occurred_at": "yesterday"}, {"occurred_at": "2023-12-12T23:03:52"}, {"occurred_at": 1702451035},
        {"message": ""}, {"message": "a\r\nb"}, {"message": "a" * 1001}, {"message": None}, {"email": "a"},
        {"email": "a@b@c"}, {"email": "a@example.com\n"}, {"email": "a@example.com, b@example.com"}, {"email": ""},
        {"proxy_url": "https://smee.io"}, {"proxy_url": ""}, {"proxy_url": "https%3A\n"}, {"proxy_url": ["a"]},
    ],
    ids=repr,
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_by_both(changes: dict[str, Any]) -> None:
    event = EXAMPLE | changes
    assert not VALIDATOR.is_valid(event)
    assert not accepted(event)
