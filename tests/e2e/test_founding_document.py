"""The founding document's walk-through, request by request, on the services' own ports and on fresh data.

The tests are the document's sections, in its order; each goes on where the one before ended.
"""

import json
from collections.abc import Iterator

import pytest

from tests.e2e import receiver, system
from tests.e2e.receiver import Receiver
from tests.e2e.system import ENROLLMENT, NOTIFICATION, answer, redis_value, request
from tests.support.waiting import until

SMEE = "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"
SENTENCE = "Student with id: 4 has been enrolled in Class 2"


@pytest.fixture(scope="module", autouse=True)
def fresh_data() -> None:
    classes = {row["ClassID"]: row for row in answer("GET", f"{ENROLLMENT}/list")["Classes"]}
    assert (classes[2]["CurrentEnrollment"], classes[4]["CurrentEnrollment"]) == (0, 0), "needs fresh data"
    assert redis_value("subscription:4") is None, "needs fresh data"


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with receiver.running() as hook:
        yield hook


@pytest.mark.parametrize("once_more", ["", "25"], ids=["encoded once, as by curl", "encoded twice, as by Swagger UI"])
def test_subscribe_to_classes_8_and_2(once_more: str) -> None:
    proxy = SMEE.replace("%", f"%{once_more}")
    for class_id in (8, 2):
        answer("POST", f"{NOTIFICATION}/subscribe/4/{class_id}/abhinav/abhinav%40example.com/{proxy}")
    entry = f'{{"email": "abhinav@example.com", "proxy": "{SMEE}"}}'
    assert redis_value("subscription:4") == f'{{"2": {entry}, "8": {entry}}}'


def test_list_the_subscriptions() -> None:
    assert answer("GET", f"{NOTIFICATION}/subscribe/list/4") == {"subscriptions": ["2", "8"]}


def test_delete_a_subscription() -> None:
    assert answer("DELETE", f"{NOTIFICATION}/subscribe/remove/4/8") == {"message": "Unsubscribed from ClassID 8"}
    entry = f'{{"email": "abhinav@example.com", "proxy": "{SMEE}"}}'
    assert redis_value("subscription:4") == f'{{"2": {entry}}}'


def test_two_students_enroll_and_the_third_waits() -> None:
    for student, name, enrollment_id, count in ((1, "jack", 4, 1), (2, "liam", 5, 2)):
        reply = request("POST", f"{ENROLLMENT}/enroll/{student}/2/{name}/{name}%40example.com")
        assert reply.status_code == 200
        assert reply.text == json.dumps(
            {
                "message": "Enrollment added successfully",
                "enrollment_item": {
                    "EnrollmentID": enrollment_id,
                    "StudentID": student,
                    "ClassID": 2,
                    "EnrollmentState": "ENROLLED",
                },
                "updated_current_enrollment": count,
            },
            separators=(",", ":"),
        ), "also the order of the keys is the document's"
    third = request("POST", f"{ENROLLMENT}/enroll/4/2/abhinav/abhinav%40example.com")
    assert (third.status_code, third.json()) == (200, {"message": "Student added to waitlist"})
    assert third.headers["content-length"] == "39"
    assert third.headers["content-type"] == "application/json"


def test_a_drop_enrolls_the_third_who_is_told_by_webhook_and_mail(hook: Receiver) -> None:
    own = (hook.url + "/iYNweRTyM49bnItt").replace(":", "%3A").replace("/", "%2F")
    answer("POST", f"{NOTIFICATION}/subscribe/4/2/abhinav/abhinav%40example.com/{own}")

    assert answer("DELETE", f"{ENROLLMENT}/enrollmentdrop/2/2/liam/liam%40test.com") == {
        "message": "Class dropped updated successfully",
        "updated_status": "DROPPED",
        "new_student": "ENROLLED",
        "updated_current_enrollment": 2,
    }

    path, headers, body = hook.arrived.get(timeout=15)
    assert (path, body) == ("/iYNweRTyM49bnItt", {"message": SENTENCE})
    assert headers["content-type"] == "application/json"
    for line in (
        "mail FROM:<cpsc449-backend@no-reply.com>",
        "rcpt TO:<abhinav@example.com>",
        "sender: cpsc449-backend@no-reply.com",
        "recip: abhinav@example.com",
        SENTENCE,
    ):
        until(lambda line=line: line in system.log(), why=f"aiosmtpd did not print {line!r}")
    assert hook.arrived.empty(), "told once"


def test_refreshing_a_position_is_200_and_then_304() -> None:
    answer("POST", f"{ENROLLMENT}/enroll/12/4/david/david%40gmail.com")
    assert answer("POST", f"{ENROLLMENT}/enroll/13/4/jo/jo%40gmail.com") == {"message": "Student added to waitlist"}
    url = f"{ENROLLMENT}/waitlist/13/4/jo/jo@gmail.com"
    until(lambda: request("GET", url).headers["Last-Modified"] == redis_value("last-modified:4"))
    first = request("GET", url)
    assert (first.status_code, first.json()["position"]) == (200, 1)
    assert first.headers["Last-Modified"] == redis_value("last-modified:4")
    refreshed = request("GET", url, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (refreshed.status_code, refreshed.content) == (304, b"")
    answer("DELETE", f"{ENROLLMENT}/waitlistdrop/13/4/jo/jo%40gmail.com")
    gone = request("GET", url, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert gone.status_code == 404
