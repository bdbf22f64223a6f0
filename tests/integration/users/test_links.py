"""Links by mail on a real database and broker: sent whatever dies, and good once however many try."""

import json
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pika
import pytest

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging.amqp import parameters
from tests.integration.users.tokens import claims_of
from tests.support import forks
from tests.support.http import TLS
from tests.support.serving import served, started
from tests.support.waiting import until
from users.adapters.mail_outbox import MailOutbox
from users.app import create_app
from users.settings import UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[3]
JO = {"username": "jo", "password": "correct horse"}
NEW = "another sentence"


class Mails:
    """The queue of mails; `all` is what came so far."""

    def __init__(self, topology: Topology) -> None:
        self._connection = pika.BlockingConnection(parameters(os.environ["AMQP_URL"], "tests"))
        self._amqp = self._connection.channel()
        self._topology = topology
        topology.declare(self._amqp)
        self.all: list[dict[str, Any]] = []

    def arrived(self, count: int) -> bool:
        while (got := self._amqp.basic_get(self._topology.queue(Channel.EMAIL), auto_ack=True))[0] is not None:
            self.all.append(json.loads(got[2] or b""))
        return len({mail["id"] for mail in self.all}) >= count

    def token(self, count: int = 1) -> str:
        until(lambda: self.arrived(count), "the mail did not come")
        link: str = self.all[-1]["link"]
        return link.partition("=")[2]

    def close(self) -> None:
        for channel in Channel:
            for queue in (self._topology.queue(channel), self._topology.dead_queue(channel)):
                self._amqp.queue_delete(queue)
        for exchange in (self._topology.events, self._topology.dead_exchange):
            self._amqp.exchange_delete(exchange)
        self._connection.close()


@pytest.fixture
def settings(own_settings: UsersSettings) -> UsersSettings:
    prefix = f"test-{uuid.uuid4().hex[:12]}."
    return own_settings.model_copy(update={"amqp_url": os.environ["AMQP_URL"], "amqp_prefix": prefix})


@pytest.fixture
def mails(settings: UsersSettings) -> Iterator[Mails]:
    with closing(Mails(Topology(settings.amqp_prefix))) as mails:
        yield mails


@pytest.fixture
def mailing(database: "DynamoDBClient", settings: UsersSettings, mails: Mails) -> Iterator[httpx.Client]:
    """The service, with an account of jo."""
    with served(create_app(settings)) as client:
        client.post("/register", json=JO | {"email": "jo@example.com"}).raise_for_status()
        yield client


def forgot(api: httpx.Client, username: str = "jo") -> httpx.Response:
    return api.post("/password/forgot", json={"username": username, "language": "es"})


def reset(api: httpx.Client, token: str, new: str = NEW) -> int:
    return api.post("/password/reset", json={"token": token, "new_password": new}).status_code


def test_who_forgot_the_password_gets_a_link_that_sets_another_and_ends_all_sessions(
    mailing: httpx.Client, mails: Mails
) -> None:
    login = mailing.post("/login", json={**JO, "session": True})
    session, of_session = login.json()["refresh_token"], {"X-Session-Id": claims_of(login, mailing)["sid"]}
    assert forgot(mailing, "JO").status_code == 200
    token = mails.token()
    mail = mails.all[-1]
    assert (mail["type"], mail["email"], mail["language"], mail["username"]) == (
        "account.mail",
        "jo@example.com",
        "es",
        "jo",
    )
    assert mailing.post("/login", json=JO).status_code == 200, "asking changes nothing"
    assert reset(mailing, token) == 200
    assert reset(mailing, token) == 409
    assert mailing.post("/login", json=JO).status_code == 401
    assert mailing.post("/refresh", json={"refresh_token": session}).status_code == 401
    until(lambda: mailing.get("/getuser/by-name/jo", headers=of_session).status_code == 401)
    claims = claims_of(mailing.post("/login", json=JO | {"password": NEW}), mailing)
    assert claims["email_verified"], "the link came to the address"


def test_the_reply_does_not_say_who_has_an_account(mailing: httpx.Client, mails: Mails) -> None:
    known, unknown = forgot(mailing), forgot(mailing, "nobody-at-all")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.headers.keys() == unknown.headers.keys()
    mails.token()
    assert len(mails.all) == 1


def test_of_many_who_use_a_link_at_once_one_does(mailing: httpx.Client, mails: Mails) -> None:
    forgot(mailing)
    token, wanted = mails.token(), [f"sentence number {number}" for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda new: reset(mailing, token, new), wanted))
    [winner] = [new for new, status in zip(wanted, statuses, strict=True) if status == 200]
    assert set(statuses) <= {200, 409, 503}
    assert mailing.post("/login", json=JO | {"password": winner}).status_code == 200


def test_a_new_password_ends_the_links_that_were_sent_before(mailing: httpx.Client, mails: Mails) -> None:
    forgot(mailing)
    token = mails.token()
    assert mailing.post("/password", json=JO | {"new_password": NEW}).status_code == 200
    assert reset(mailing, token, "a third one") == 409


def test_an_address_is_verified_by_who_gets_its_mail(mailing: httpx.Client, mails: Mails) -> None:
    assert not claims_of(mailing.post("/login", json=JO), mailing)["email_verified"]
    assert mailing.post("/email/ask", json=JO | {"password": "guessed"}).status_code == 401
    assert mailing.post("/email/ask", json=JO).status_code == 200
    token = mails.token()
    assert reset(mailing, token) == 409
    assert [mailing.post("/email/verify", json={"token": token}).status_code for _ in range(2)] == [200, 409]
    assert claims_of(mailing.post("/login", json=JO), mailing)["email_verified"]


@pytest.mark.parametrize("point", ["account_mail.stored", "account_mail.published"])
def test_a_mail_is_sent_though_the_service_dies(
    database: "DynamoDBClient", mails: Mails, settings: UsersSettings, point: str
) -> None:
    with served(create_app(settings)) as api:
        api.post("/register", json=JO | {"email": "jo@example.com"}).raise_for_status()
    with doomed(settings, point) as (process, client):
        with suppress(httpx.TransportError):
            forgot(client)
        assert process.wait(15) < 0
    with served(create_app(settings)) as api:
        assert reset(api, mails.token()) == 200
        outbox = MailOutbox(database, settings.table_prefix)
        until(lambda: outbox.pending() == [], "the outbox was not emptied")


@contextmanager
def doomed(settings: UsersSettings, point: str) -> Iterator[tuple[forks.Running, httpx.Client]]:
    """An instance that dies at this point, alone."""
    own = {
        "ENVIRONMENT": "development",
        "FAULT_POINT": point,
        "TABLE_PREFIX": settings.table_prefix,
        "AMQP_PREFIX": settings.amqp_prefix,
        "KEYS_DIR": str(settings.keys_dir),
        "JWT_ISSUER": settings.jwt_issuer,
        "JWT_AUDIENCE": settings.jwt_audience,
    }
    with (
        started("users", os.environ | own) as (process, url),
        httpx.Client(base_url=url, timeout=10, trust_env=False, verify=TLS) as client,
    ):
        yield process, client


def test_without_a_broker_the_link_waits_and_no_request_does(
    database: "DynamoDBClient", settings: UsersSettings, mails: Mails
) -> None:
    without = settings.model_copy(update={"amqp_url": "amqp://guest:guest@127.0.0.1:1/%2F"})
    with served(create_app(without)) as api:
        api.post("/register", json=JO | {"email": "jo@example.com"}).raise_for_status()
        assert forgot(api).status_code == 200
    with served(create_app(settings)) as api:
        assert reset(api, mails.token()) == 200


def test_where_no_mails_are_sent_it_is_said(database: "DynamoDBClient", own_settings: UsersSettings) -> None:
    with served(create_app(own_settings.model_copy(update={"amqp_url": None}))) as api:
        refused = forgot(api)
        assert (refused.status_code, refused.json()["detail"]) == (503, "No mails are sent here; ask a registrar")
