"""What the service's replies mean."""

from typing import Any

import httpx
import pytest
from verify.api import interpret, is_the_gateways, service_of
from verify.history import Answer, Asked, Said

from enrollment.domain import errors


def read(asked: Asked, reply: httpx.Response | None) -> Answer:
    return interpret(reply, asked=asked, student=4, class_id=2, began_s=1.0, ended_s=2.0)


@pytest.mark.parametrize(
    ("asked", "refusal", "said"),
    [
        (Asked.ENROLL, errors.AlreadyEnrolled(4, 2), Said.IS_SEATED),
        (Asked.ENROLL, errors.AlreadyWaiting(4, 2), Said.IS_WAITING),
        (Asked.ENROLL, errors.ClassFull(2), Said.FULL),
        (Asked.DROP, errors.AlreadyDropped(4, 2), Said.IS_DROPPED),
        (Asked.DROP, errors.OnlyWaiting(4, 2), Said.IS_WAITING),
        (Asked.DROP, errors.NotEnrolled(4, 2), Said.IS_STRANGER),
        (Asked.INSTRUCTOR_DROP, errors.NotEnrolled(4, 2), Said.IS_STRANGER),
        (Asked.LEAVE, errors.SeatedNotWaiting(4, 2), Said.IS_SEATED),
        (Asked.LEAVE, errors.NotWaiting(4, 2), Said.IS_STRANGER),
        (Asked.POSITION, errors.NotWaiting(4, 2), Said.NOT_IN_LINE),
        (Asked.ENROLL, errors.ClassUnknown(2), Said.STRANGE),
        (Asked.POSITION, errors.ClassUnknown(2), Said.STRANGE),
        (Asked.ENROLL, errors.ClassInactive(2), Said.CLOSED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_refusal_of_the_service_is_understood(asked: Asked, refusal: Any, said: Said) -> None:
    assert read(asked, httpx.Response(refusal.status, json={"detail": refusal.detail})).said is said


@pytest.mark.parametrize(
    ("asked", "body", "said"),
    [
        (Asked.ENROLL, {"message": "Enrollment added successfully"}, Said.SEATED_NEW),
        (Asked.ENROLL, {"message": "Enrollment updated successfully"}, Said.SEATED_AGAIN),
        (Asked.ENROLL, {"message": "Student added to waitlist"}, Said.JOINED),
        (Asked.DROP, {"message": "Class dropped updated successfully"}, Said.DROPPED),
        (Asked.LEAVE, {"Element removed": 4}, Said.LEFT),
        (Asked.LEAVE, {"Element removed": 5}, Said.STRANGE),
        (Asked.POSITION, {"position": 1, "length": 2}, Said.POSITION),
        (Asked.ENROLL, {"message": "Class dropped updated successfully"}, Said.STRANGE),
        (Asked.ENROLL, {}, Said.STRANGE),
    ],
)
def test_each_success_is_understood(asked: Asked, body: dict[str, Any], said: Said) -> None:
    assert read(asked, httpx.Response(200, json=body)).said is said


def test_what_a_drop_tells_is_kept() -> None:
    body = {"message": "Class dropped updated successfully", "new_student": "ENROLLED", "updated_current_enrollment": 2}
    answer = read(Asked.DROP, httpx.Response(200, json=body))
    assert (answer.promoted, answer.seats_taken) == (True, 2)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (None, Said.NO_REPLY),
        (httpx.Response(503, json={"detail": "busy"}), Said.UNAVAILABLE),
        (httpx.Response(500, text="Internal Server Error"), Said.FAILED),
        (httpx.Response(422, json={"detail": "no"}), Said.STRANGE),
        (httpx.Response(403, json={"detail": "no"}), Said.STRANGE),
    ],
)
def test_what_is_no_answer_is_none(reply: httpx.Response | None, said: Said) -> None:
    assert read(Asked.ENROLL, reply).said is said


def test_the_version_is_read_from_the_tag() -> None:
    assert read(Asked.POSITION, httpx.Response(304, headers={"ETag": '"1700000000001"'})).version == 1700000000001


@pytest.mark.parametrize(
    ("reply", "is_none"),
    [
        (httpx.Response(502, json={"detail": "The service ended the connection before it answered; …"}), True),
        (httpx.Response(504, json={"detail": "The service took longer than 10s; …"}), True),
        (httpx.Response(503, json={"detail": "The service does not answer; try again"}), True),
        (httpx.Response(500), True),  # KrakenD's
        (httpx.Response(500, text="Internal Server Error"), False),
        (httpx.Response(503, json={"detail": "The database does not answer; ask again in a moment"}), False),
        (httpx.Response(200, json={}), False),
    ],
)
def test_a_gateway_without_a_reply_of_its_service_has_none(reply: httpx.Response, is_none: bool) -> None:
    assert is_the_gateways(reply) is is_none


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/user/login", "users"),
        ("/student/subscribe/list", "notification"),
        ("/student/deliveries", "notification"),
        ("/student/waitlist/4", "enrollment"),
        ("/registrar/add/1/CPSC 449", "enrollment"),
    ],
)
def test_the_service_behind_a_path_is_known(path: str, service: str) -> None:
    assert service_of(path) == service
