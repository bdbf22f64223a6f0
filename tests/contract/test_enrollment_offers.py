"""The events of offers: what enrollment publishes is as the schemas say, and the consumers decode it."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from enrollment.domain.events import About, Subscription, event_of
from enrollment.domain.history import Head, What
from enrollment.domain.offer_links import OfferClaim, OfferLinks
from enrollment.domain.record import Record, State
from notification.domain.event import EnrollmentOffered, Undecodable, decode

SCHEMAS = Path(__file__).parents[2] / "etc/schemas"
KINDS = ["enrollment.offered", "enrollment.offer_ended"]
RECORD = Record(4, State.WAITLISTED, offered_until_s=1_800_000_000)


def schema_of(kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{kind}.json").read_text())
    return schema


@pytest.mark.parametrize("link", [OfferLinks("s", "https://u.example/x/").link(OfferClaim(2, 4, 1_800_000_000)), None])
@pytest.mark.parametrize("what", [What.OFFERED, What.DECLINED, What.EXPIRED])
def test_what_enrollment_publishes_is_accepted(what: What, link: str | None) -> None:
    about = About("2026-11-27T17:00:00.123+00:00", 2, Head(7, "5" * 64))
    published = event_of(what, about, RECORD, Subscription("a@example.com", None), link, {})
    Draft202012Validator(schema_of(published.type)).validate(json.loads(published.body))
    event = decode(published.body)
    assert event.type == published.type
    if isinstance(event, EnrollmentOffered):
        assert event.message == "Student with id: 4 is offered a seat in Class 2 until 2027-01-15 08:00:00 UTC"
        assert event.offered_until == "2027-01-15T08:00:00Z"
        assert event.link == link
        assert "offer/" not in event.message, "only the mail has the link"


@pytest.mark.parametrize("kind", KINDS)
def test_each_required_field_is_required_by_both(kind: str) -> None:
    schema = schema_of(kind)
    validator = Draft202012Validator(schema)
    [example] = schema["examples"]
    for name in schema["required"]:
        event = {key: value for key, value in example.items() if key != name}
        assert not validator.is_valid(event)
        with pytest.raises(Undecodable):
            decode(json.dumps(event).encode())


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("enrollment.offered", {"offered_until": "soon"}),
        ("enrollment.offered", {"link": "javascript:alert(1)"}),
        ("enrollment.offered", {"link": "https://u.example/a b"}),
        ("enrollment.offer_ended", {"reason": "unknown"}),
        ("enrollment.offer_ended", {"history_hash": "5"}),
    ],
)
def test_what_breaks_a_rule_is_refused_by_both(kind: str, changes: dict[str, Any]) -> None:
    schema = schema_of(kind)
    event = schema["examples"][0] | changes
    assert not Draft202012Validator(schema).is_valid(event)
    with pytest.raises(Undecodable):
        decode(json.dumps(event).encode())
