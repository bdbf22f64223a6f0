"""What a message must be to be an event, and what is said of one that is none (notification.domain.event)."""

import json
from typing import Any

import pytest

from notification.domain.event import LARGEST_BODY_BYTES, EnrollmentPromoted, Undecodable, decode

PROMOTED = {
    "id": "0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f",
    "type": "enrollment.promoted",
    "occurred_at": "2026-11-22T11:59:59Z",
    "student_id": 4,
    "class_id": 2,
    "message": "Student with id: 4 has been enrolled in Class 2",
    "email": "abhinav@example.com",
    "proxy_url": None,
}


def body(**changes: Any) -> bytes:
    return json.dumps({**PROMOTED, **changes}).encode()


def reason(of: bytes) -> str:
    with pytest.raises(Undecodable) as refusal:
        decode(of)
    return str(refusal.value)


def test_an_event_of_1_1_is_decoded_as_one_that_names_no_class_and_no_history() -> None:
    event = decode(body())
    assert isinstance(event, EnrollmentPromoted)
    assert event.model_dump() == PROMOTED | {
        "course_code": "",
        "class_name": "",
        "language": None,
        "webhook_format": None,
        "history_number": 0,
        "history_hash": "0" * 64,
    }


def test_what_a_later_publisher_adds_is_ignored() -> None:
    assert decode(body(colour="red")) == decode(body())


def test_a_body_may_be_as_large_as_the_bound_and_no_larger() -> None:
    assert decode(body().ljust(LARGEST_BODY_BYTES)) == decode(body())
    assert reason(body().ljust(LARGEST_BODY_BYTES + 1)) == (
        "undecodable: 65537 bytes are more than the 65536 an event may have"
    )


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (b"", "undecodable: body: json_invalid"),
        (b"[]", "undecodable: body: dict_type"),
        (b"{}", "undecodable: type: missing"),
        (body(type="enrollment.swapped"), "undecodable: unknown type 'enrollment.swapped'"),
        (body(type="é" * 99), "undecodable: unknown type '" + r"\xe9" * 60 + "'"),
        (body(student_id="secret", class_id=None), "undecodable: student_id: int_type, class_id: int_type"),
        (body(email="secret"), "undecodable: email: string_pattern_mismatch"),
        (body(message="two\nlines"), "undecodable: message: string_pattern_mismatch"),
    ],
)
def test_what_is_none_is_refused_by_field_and_rule_without_its_values(of: bytes, said: str) -> None:
    assert reason(of) == said


def test_a_reason_is_no_longer_than_a_line_of_the_log() -> None:
    said = reason(
        json.dumps({**dict.fromkeys(EnrollmentPromoted.model_fields, "\n"), "type": PROMOTED["type"]}).encode()
    )
    assert len(said) == 300
    assert said.startswith("undecodable: id: string_pattern_mismatch, occurred_at: string_pattern_mismatch, ")
