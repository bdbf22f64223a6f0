"""The people of the suite: somebody who tries, and somebody to whom nothing may happen."""

from collections.abc import Iterator

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person


@pytest.fixture(scope="module")
def registrar() -> Person:
    return gateway.demo_person("registrar")


@pytest.fixture(scope="module")
def attacker() -> Person:
    return gateway.new_student("mallory")


@pytest.fixture(scope="module")
def class_id(registrar: Person) -> int:
    return gateway.new_class(registrar, seats=5, places=5, instructor_id=5)


@pytest.fixture(scope="module")
def enrolled(class_id: int) -> Person:
    student = gateway.new_student("victim")
    assert student.request("POST", f"/student/enroll/{class_id}").status_code == 200
    return student


@pytest.fixture(scope="module")
def instructor() -> Person:
    return gateway.demo_person("lovelace")


@pytest.fixture
def victim(enrolled: Person, instructor: Person, class_id: int) -> Iterator[Person]:
    """Somebody who is enrolled, and must still be so afterwards, alone."""
    yield enrolled
    listed = instructor.request("GET", f"/instructor/enrolled/{class_id}").json()
    assert [student["StudentID"] for student in listed["Enrolled Students"]] == [enrolled.id]
