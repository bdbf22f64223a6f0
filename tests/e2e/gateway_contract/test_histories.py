"""The history of a class names who changed it, as the gateway knows them."""

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person

pytestmark = pytest.mark.gateway


def test_the_registrar_is_named_by_the_token_and_by_nothing_else(registrar: Person) -> None:
    class_id = gateway.new_class(registrar, seats=5, places=5, instructor_id=5)
    spoofed = {"X-User-Id": "7", "X_User_Id": "7"}
    reply = registrar.request("PUT", f"/registrar/state/{class_id}/inactive", headers=spoofed)
    assert reply.status_code == 200
    entries = registrar.request("GET", f"/registrar/history/{class_id}?after=1").json()["entries"]
    assert entries[-1]["changes"][-1]["by"] == {"role": "registrar", "id": registrar.id}


def test_a_student_reads_their_own_story_and_nobody_elses(attacker: Person, victim: Person, class_id: int) -> None:
    story = victim.request("GET", f"/student/waitlist/{class_id}/history").json()
    assert [entry["text"] for entry in story["entries"]] == ["You got a seat"]
    assert attacker.request("GET", f"/student/waitlist/{class_id}/history").status_code == 404
    assert attacker.request("GET", f"/registrar/history/{class_id}").status_code in (401, 403)
    assert attacker.request("GET", f"/instructor/history/{class_id}").status_code in (401, 403)
