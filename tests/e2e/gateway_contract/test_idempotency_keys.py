"""`Idempotency-Key` through the gateway: a click that is sent again has happened once."""

import uuid

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person

pytestmark = pytest.mark.gateway

LOVELACE = 5


def test_what_is_sent_again_with_its_key_gets_the_first_reply(registrar: Person) -> None:
    mia, noah = gateway.new_student("mia"), gateway.new_student("noah")
    class_id = gateway.new_class(registrar, seats=1, places=5, instructor_id=LOVELACE)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    enroll = f"/student/enroll/{class_id}"
    first = mia.request("POST", enroll, headers=key)
    assert first.status_code == 200
    assert "Idempotency-Replayed" not in first.headers
    again = mia.request("POST", enroll, headers=key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert mia.request("POST", enroll).status_code == 409
    assert mia.request("DELETE", f"/student/remove/{class_id}", headers=key).status_code == 422
    assert noah.request("POST", enroll, headers=key).json() == {"message": "Student added to waitlist"}
    subscribe, body = f"/student/subscribe/{class_id}", {"email": mia.email}
    named = {"Idempotency-Key": str(uuid.uuid4())}
    replies = [mia.request("POST", subscribe, json=body, headers=named) for _ in range(2)]
    assert [(reply.status_code, "Idempotency-Replayed" in reply.headers) for reply in replies] == [
        (200, False),
        (200, True),
    ]
