"""Three services with a gateway secret: closed to others, open to each other."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

import krakend.pages.app
import notification.app
import users.app
from krakend.pages.settings import PagesSettings
from notification.settings import NotificationSettings
from tests.integration.users.conftest import fresh_settings, fresh_tables
from tests.support.http import TLS
from tests.support.serving import served
from tests.support.world import fresh_world
from users.adapters.account_store import AccountStore
from users.cli.development_data import demo_accounts

SECRET = "a-secret-that-only-the-gateway-knows"
CARRIED = {"X-Gateway-Secret": SECRET}
INSTRUCTOR = 5


@dataclass(frozen=True)
class Closed:
    users: httpx.Client
    enrollment: httpx.Client
    notification: httpx.Client
    pages: httpx.Client


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    users_settings = fresh_settings(tmp_path_factory.mktemp("keys")).model_copy(
        update={"gateway_secret": SecretStr(SECRET)}
    )
    with fresh_tables(users_settings) as database, fresh_world() as world:
        AccountStore(database, users_settings.table_prefix).add_first(demo_accounts("nobody logs in"))
        with served(users.app.create_app(users_settings)) as first:
            process = world.start_service(GATEWAY_SECRET=SECRET, USERS_URL=str(first.base_url))
            asking = NotificationSettings(
                environment="development",
                redis_url=world.settings.redis_url,
                enrollment_url=process.url,
                gateway_secret=SecretStr(SECRET),
            )
            with (
                httpx.Client(base_url=process.url, timeout=30, trust_env=False, verify=TLS) as second,
                served(notification.app.create_app(asking)) as third,
                served(krakend.pages.app.create_app(_pages_settings(first, second, third))) as fourth,
            ):
                yield Closed(first, second, third, fourth)


def _pages_settings(users: httpx.Client, enrollment: httpx.Client, notification: httpx.Client) -> PagesSettings:
    return PagesSettings(
        environment="development",
        users_url=str(users.base_url).rstrip("/"),
        enrollment_hosts=str(enrollment.base_url).rstrip("/"),
        notification_url=str(notification.base_url).rstrip("/"),
        gateway_secret=SecretStr(SECRET),
    )


def add_class(api: httpx.Client) -> httpx.Response:
    path = f"/add/1/TEST {uuid.uuid4().hex[:8]}/Closed Services/Computer Science/{INSTRUCTOR}/2/active/2"
    return api.post(path, headers=CARRIED)


def test_without_the_secret_every_service_refuses_and_does_nothing(closed: Closed) -> None:
    taken = closed.users.post("/register", json={"username": "eve", "email": "eve@example.com", "password": "x" * 12})
    for reply in (
        taken,
        closed.users.get("/getuser/1"),
        closed.users.put("/roles/1", json={"roles": ["registrar"]}),
        closed.enrollment.get("/list"),
        closed.enrollment.post("/enroll/1/2/jack/jack@example.com"),
        closed.notification.get("/subscribe/list/1"),
        closed.pages.get("/pages/main.js"),
        closed.enrollment.get("/list", headers={"X-Gateway-Secret": SECRET[:-1]}),
    ):
        assert reply.status_code == 403
        assert "gateway" in reply.json()["detail"]
    assert closed.users.get("/getuser/1", headers=CARRIED).json()["roles"] == ["student"]
    for api in (closed.users, closed.enrollment, closed.notification, closed.pages):
        assert api.get("/health/ready").status_code == 200


def test_enrollment_asks_users_with_the_secret(closed: Closed) -> None:
    assert add_class(closed.enrollment).status_code == 200


def test_notification_asks_enrollment_with_the_secret(closed: Closed) -> None:
    class_id = add_class(closed.enrollment).json()["class_details"]["ClassID"]
    reply = closed.notification.post(f"/subscribe/4/{class_id}", json={"email": "a@example.com"}, headers=CARRIED)
    assert reply.status_code == 200, reply.text
    assert closed.notification.delete(f"/subscribe/remove/4/{class_id}", headers=CARRIED).status_code == 200


def test_pages_ask_every_service_with_the_secret(closed: Closed) -> None:
    assert closed.pages.get("/", headers=CARRIED).status_code == 200
    openapi = closed.pages.get("/openapi.json", headers=CARRIED).json()
    assert "does not answer" not in openapi["info"]["description"]
    for path in ("/user/register", "/student/list", "/student/deliveries"):
        [operation] = openapi["paths"][path].values()
        assert operation["operationId"]
