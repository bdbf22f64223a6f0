"""The seed's walk-through a second time: through the gateway, by people who registered and logged in."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person

pytestmark = pytest.mark.gateway

ARRIVES_S = 15
LOVELACE = 5


@pytest.fixture
def registrar() -> Person:
    return gateway.demo_person("registrar")


@pytest.fixture
def webhooks() -> Iterator[tuple[str, "queue.Queue[dict[str, str]]"]]:
    """A receiver's URL, and what arrives there."""
    arrived: queue.Queue[dict[str, str]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", arrived
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_dropped_seat_goes_to_the_next_in_line_who_is_told(
    registrar: Person, webhooks: tuple[str, "queue.Queue[dict[str, str]]"]
) -> None:
    receiver, arrived = webhooks
    jack, liam, abhinav = (gateway.new_student(name) for name in ("jack", "liam", "abhinav"))
    class_id = gateway.new_class(registrar, seats=2, places=15, instructor_id=LOVELACE)

    channels = {"email": abhinav.email, "proxyURL": receiver}
    subscribed = abhinav.request("POST", f"/student/subscribe/{class_id}", json=channels)
    assert (subscribed.status_code, subscribed.json()) == (200, {"message": f"Subscribed to ClassID {class_id}"})
    assert abhinav.request("GET", "/student/subscribe/list").json() == {"subscriptions": [str(class_id)]}

    for student, seated in ((jack, 1), (liam, 2)):
        enrolled = student.request("POST", f"/student/enroll/{class_id}")
        assert enrolled.status_code == 200
        reply = enrolled.json()
        assert reply["enrollment_item"].pop("EnrollmentID") > 3
        assert reply == {
            "message": "Enrollment added successfully",
            "enrollment_item": {"StudentID": student.id, "ClassID": class_id, "EnrollmentState": "ENROLLED"},
            "updated_current_enrollment": seated,
        }
    assert abhinav.request("POST", f"/student/enroll/{class_id}").json() == {"message": "Student added to waitlist"}

    dropped = liam.request("DELETE", f"/student/remove/{class_id}")
    assert (dropped.status_code, dropped.json()) == (
        200,
        {
            "message": "Class dropped updated successfully",
            "updated_status": "DROPPED",
            "new_student": "ENROLLED",
            "updated_current_enrollment": 2,
        },
    )
    sentence = f"Student with id: {abhinav.id} has been enrolled in Class {class_id}"
    assert arrived.get(timeout=ARRIVES_S) == {"message": sentence}

    removed = abhinav.request("DELETE", f"/student/subscribe/remove/{class_id}")
    assert removed.json() == {"message": f"Unsubscribed from ClassID {class_id}"}


def test_a_position_that_did_not_change_is_not_sent_again(registrar: Person) -> None:
    david, jo = gateway.new_student("david"), gateway.new_student("jo")
    class_id = gateway.new_class(registrar, seats=1, places=15, instructor_id=LOVELACE)
    david.request("POST", f"/student/enroll/{class_id}")
    jo.request("POST", f"/student/enroll/{class_id}")

    first = jo.request("GET", f"/student/waitlist/{class_id}")
    assert (first.status_code, first.json()["position"]) == (200, 1)
    again = jo.request("GET", f"/student/waitlist/{class_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    # Dates tell seconds apart, no less: within the second of the change the reply is sent again.
    deadline = time.monotonic() + ARRIVES_S
    while again.request.headers.get("If-Modified-Since") is None or again.status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
        dated = {"If-Modified-Since": jo.request("GET", f"/student/waitlist/{class_id}").headers["Last-Modified"]}
        again = jo.request("GET", f"/student/waitlist/{class_id}", headers=dated)
    assert (again.status_code, again.content) == (304, b"")

    left = jo.request("DELETE", f"/student/waitlist/drop/{class_id}")
    assert left.json() == {"Element removed": jo.id}
    gone = jo.request("GET", f"/student/waitlist/{class_id}", headers={"If-None-Match": first.headers["ETag"]})
    assert gone.status_code == 404


def test_an_instructor_sees_and_drops_the_students_of_her_own_class_only(registrar: Person) -> None:
    lovelace, hopper = gateway.demo_person("lovelace"), gateway.demo_person("hopper")
    jack, liam = gateway.new_student("jack"), gateway.new_student("liam")
    class_id = gateway.new_class(registrar, seats=1, places=15, instructor_id=lovelace.id)
    jack.request("POST", f"/student/enroll/{class_id}")
    liam.request("POST", f"/student/enroll/{class_id}")

    enrolled = lovelace.request("GET", f"/instructor/enrolled/{class_id}").json()["Enrolled Students"]
    assert [student["StudentID"] for student in enrolled] == [jack.id]
    waiting = lovelace.request("GET", f"/instructor/waitlist/{class_id}").json()["Waitlist"]
    assert [student["student_id"] for student in waiting] == [liam.id]
    assert hopper.request("GET", f"/instructor/enrolled/{class_id}").status_code == 403
    assert hopper.request("DELETE", f"/instructor/drop/{class_id}/{jack.id}").status_code == 403

    dropped = lovelace.request("DELETE", f"/instructor/drop/{class_id}/{jack.id}").json()
    assert (dropped["new_student"], dropped["updated_current_enrollment"]) == ("ENROLLED", 1)
    left = lovelace.request("GET", f"/instructor/dropped/{class_id}").json()["Dropped Students"]
    assert [student["StudentID"] for student in left] == [jack.id]


def test_a_registrar_runs_classes_and_roles(registrar: Person) -> None:
    student = gateway.new_student("mia")
    class_id = gateway.new_class(registrar, seats=1, places=0, instructor_id=LOVELACE)

    assert registrar.request("PUT", f"/registrar/state/{class_id}/inactive").status_code == 200
    assert student.request("POST", f"/student/enroll/{class_id}").status_code == 409
    assert registrar.request("PUT", f"/registrar/change/{class_id}/6").status_code == 200
    assert registrar.request("DELETE", f"/registrar/remove/{class_id}").status_code == 200
    assert student.request("POST", f"/student/enroll/{class_id}").status_code == 404

    granted = registrar.request("PUT", f"/registrar/roles/{student.id}", json={"roles": ["student", "instructor"]})
    assert granted.json()["roles"] == ["student", "instructor"]
    assert registrar.request("GET", f"/user/get/{student.id}").json() == {
        "id": student.id,
        "username": student.username,
        "email": student.email,
        "roles": ["student", "instructor"],
    }
    again = gateway.log_in(student.username, gateway.PASSWORD)
    assert gateway.claims_of(again)["roles"] == ["student", "instructor"]
