"""A Python client that is generated of the gateway's OpenAPI does what its types say."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person
from tests.support.http import TLS

pytestmark = pytest.mark.gateway


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The generated package."""
    folder = tmp_path_factory.mktemp("generated")
    described = folder / "openapi.json"
    described.write_text(httpx.get(f"{gateway.url()}/openapi.json", timeout=15, trust_env=False, verify=TLS).text)
    generate = ["-m", "openapi_python_client", "generate", "--path", str(described), "--output-path", "client"]
    # Its formatter, ruff, is beside the interpreter.
    done = subprocess.run(
        [sys.executable, *generate],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
    sys.path.insert(0, str(folder / "client"))
    yield importlib.import_module("course_enrollment_client")
    sys.path.remove(str(folder / "client"))


def part(name: str) -> Any:
    return importlib.import_module(f"course_enrollment_client.{name}")


@pytest.fixture(scope="module")
def student() -> Person:
    return gateway.new_student("generated")


@pytest.fixture(scope="module")
def class_id() -> int:
    return gateway.new_class(gateway.demo_person("registrar"), seats=1, places=5, instructor_id=5)


@pytest.fixture
def api(client: Any, student: Person) -> Iterator[Any]:
    """As the student, with a session."""
    models, options = part("models"), {"base_url": gateway.url(), "timeout": httpx.Timeout(15)}
    body = models.Login(username=student.username, password=gateway.PASSWORD, session=True)
    with client.Client(**options) as anyone:
        tokens = part("api.anyone.login").sync(client=anyone, body=body)
        assert isinstance(tokens, models.SessionToken)
        again = part("api.anyone.refresh").sync(client=anyone, body=models.RefreshToken(tokens.refresh_token))
    with client.AuthenticatedClient(**options, token=again.access_token) as authenticated:
        yield authenticated


def test_what_students_do_comes_back_as_the_types_say(api: Any, class_id: int) -> None:
    models = part("models")
    enrolled = part("api.student.enroll").sync(class_id, client=api)
    assert isinstance(enrolled, models.EnrollmentAdded)
    assert enrolled.enrollment_item.enrollment_state == "ENROLLED"
    mine = part("api.student.enrollments_of_student").sync(client=api)
    assert [one.class_id for one in mine.enrollments] == [class_id]
    channels = models.ChannelsType0(email="generated@example.com", language=models.ChannelsType0LanguageType0.DE)
    typed = models.SubscribeWithBodyFormatType0.EVENT
    subscribed = part("api.student.subscribe_with_body").sync(class_id, client=api, body=channels, format_=typed)
    assert isinstance(subscribed, models.Subscribed)
    shown = part("api.student.show_subscription").sync(class_id, client=api)
    assert (shown.email, shown.language, shown.format_) == ("generated@example.com", "de", "event")
    dropped = part("api.student.drop").sync(class_id, client=api)
    assert isinstance(dropped, models.ClassDropped)


def test_a_refusal_is_a_problem_that_says_what_to_do(api: Any) -> None:
    refused = part("api.student.enroll").sync_detailed(999_999_999, client=api)
    assert refused.status_code == 404
    assert "does not exist" in refused.parsed.detail
