"""`Prefer: wait=…` on a position: the reply is held back until the line moves, longer than other replies may take."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person

pytestmark = pytest.mark.gateway

LONG_S = 12  # the gateway waits for other replies no longer than 10 s (krakend/settings/limits.json)
LOVELACE = 5


def test_a_position_waits_for_news_and_for_nothing_else(registrar: Person) -> None:
    seated, first, second = (gateway.new_student(name) for name in ("noah", "mia", "liam"))
    class_id = gateway.new_class(registrar, seats=1, places=15, instructor_id=LOVELACE)
    quiet_id = gateway.new_class(registrar, seats=1, places=15, instructor_id=LOVELACE)
    for student in (seated, first, second):
        for each in (class_id, quiet_id):
            assert student.request("POST", f"/student/enroll/{each}").status_code == 200

    def wait(student: Person, of_class: int, seconds: int) -> httpx.Response:
        path = f"/student/waitlist/{of_class}"
        known = student.request("GET", path).headers["ETag"]
        return student.request("GET", path, headers={"If-None-Match": known, "Prefer": f"wait={seconds}"}, timeout=40)

    with ThreadPoolExecutor(3) as pool:
        began = time.monotonic()
        quiet = pool.submit(wait, second, quiet_id, LONG_S)
        promoted, moved = pool.submit(wait, first, class_id, 25), pool.submit(wait, second, class_id, 25)
        time.sleep(1)  # so that they wait; if they do not yet, the news are there at once
        assert not promoted.done()
        assert seated.request("DELETE", f"/student/remove/{class_id}").status_code == 200
        assert moved.result().json().items() >= {"position": 1, "length": 1}.items()
        assert moved.result().headers["Preference-Applied"] == "wait=25"
        assert promoted.result().status_code == 404
        assert time.monotonic() - began < LONG_S
        assert (quiet.result().status_code, quiet.result().content) == (304, b"")
        assert time.monotonic() - began >= LONG_S
