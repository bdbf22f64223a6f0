"""Long lists in pages: the parts together are the whole, in order, and `Link` leads from one to the next."""

from typing import Any

import pytest

from tests.support.caller import EMAIL, Caller
from tests.support.world import World


@pytest.fixture(scope="module")
def class_id(world: World, calls: Caller) -> int:
    """1 to 5 sit, 6 to 12 wait, 21 to 24 have dropped."""
    class_id = world.add_class(capacity=5, places=20)
    for student in (21, 22, 23, 24):
        assert calls.enroll(student, class_id)[0] == calls.drop(student, class_id)[0] == 200
    for student in range(1, 13):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


def pages(calls: Caller, path: str, limit: int) -> list[Any]:
    found, query = [], f"?limit={limit}"
    while query:
        reply = calls._call("GET", f"{path}{query}")
        assert reply.status_code == 200, reply.text
        [some] = reply.json().values()
        assert len(some) <= limit
        found.append(some)
        query = reply.links["next"]["url"] if "next" in reply.links else ""
    return found


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 100])
@pytest.mark.parametrize("route", ["enrolled", "dropped", "instructorwaitlist"])
def test_the_pages_of_an_instructor_are_the_whole(calls: Caller, class_id: int, route: str, limit: int) -> None:
    path = f"/{route}/5/{class_id}/name/{EMAIL}"
    whole = calls._call("GET", path)
    assert "Link" not in whole.headers
    [everybody] = whole.json().values()
    deps = pages(calls, path, limit)
    assert [each for part in deps for each in part] == everybody
    assert len(deps) == -(-len(everybody) // limit), "no empty page at the end"


def test_places_count_on_from_page_to_page(calls: Caller, class_id: int) -> None:
    deps = pages(calls, f"/instructorwaitlist/5/{class_id}/name/{EMAIL}", 3)
    assert [each["position"] for part in deps for each in part] == [1, 2, 3, 4, 5, 6, 7]


def test_a_page_behind_the_last_is_empty_and_no_404(calls: Caller, class_id: int) -> None:
    reply = calls._call("GET", f"/enrolled/5/{class_id}/name/{EMAIL}?after={2**53 - 1}")
    assert (reply.status_code, reply.json()) == (200, {"Enrolled Students": []})


def test_the_pages_of_a_student_are_the_whole(world: World, calls: Caller) -> None:
    classes = [world.add_class(capacity=1, places=1) for _ in range(7)]
    student = classes[0]  # nobody else's
    for class_id in classes:
        calls.enroll(student, class_id)
    calls.remove(classes[3])
    deps = pages(calls, f"/enrollments/{student}/name/{EMAIL}", 2)
    assert [each["ClassID"] for part in deps for each in part] == classes[:3] + classes[4:]
    assert len(deps) == 3


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "after=x", "after=-1", "after=1.5e3"])
def test_a_page_that_makes_no_sense_is_a_422(calls: Caller, class_id: int, query: str) -> None:
    for route in ("enrolled", "instructorwaitlist"):
        assert calls._call("GET", f"/{route}/5/{class_id}/name/{EMAIL}?{query}").status_code == 422
