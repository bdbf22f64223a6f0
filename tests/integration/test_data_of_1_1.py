"""What version 1.1 has left in its tables, in Redis and in its queues: this version works on with it.

data/version-1.1.json was read from a system of 1.1 that had enrolled 11, 12 and 13 in class 4, which has one seat, and
21 to 24 in class 8, which has two. Of each class the first one dropped. The first promotion, of 12, lay in the queues,
which no consumer drained; in the second one, of 23, the process died after its transaction (`commit.committed`), so it
is in the outbox alone, its mark in Redis alone is old, and nothing is shown of it. {receiver} stands for the URL that
the students subscribed with, percent-encoded once.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pika
import pytest

from enrollment.bootstrap import Dependencies
from kit.stores.redis_client import connect
from tests.support.caller import Caller
from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.own_redis import own_redis_url
from tests.support.receiver import Receiver
from tests.support.serving import started
from tests.support.waiting import until
from tests.support.world import World, broker, fresh_world

pytestmark = pytest.mark.single  # 1.1 knew no cluster
DATA = Path(__file__).parent / "data" / "version-1.1.json"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def world(receiver: Receiver) -> Iterator[World]:
    """The stores and queues of 1.1, and nothing that runs."""
    found: dict[str, Any] = json.loads(DATA.read_text().replace("{receiver}", receiver.proxy()))
    with connect(own_redis_url()) as client:
        client.flushdb()
    with fresh_world(lambda deps: restore_tables(deps, found["tables"])) as world:
        restore_redis(world, found["redis"])
        restore_queues(world, found["queues"])
        yield world


def restore_tables(deps: Dependencies, tables: dict[str, Any]) -> None:
    for name, table in tables.items():
        schema = {key: value for key, value in table.items() if key != "Items"}
        full = f"{deps.tables.prefix}{name}"
        deps.database.create_table(TableName=full, BillingMode="PAY_PER_REQUEST", **schema)
        for item in table["Items"]:
            of_bytes = {name: {"B": value["B"].encode()} for name, value in item.items() if "B" in value}
            deps.database.put_item(TableName=full, Item={**item, **of_bytes})


def restore_redis(world: World, keys: dict[str, Any]) -> None:
    for key, kept in keys.items():
        match kept["type"], kept["value"]:
            case "string", value:
                world.redis.set(key, value)
            case "hash", value:
                world.redis.hset(key, mapping=value)
            case "zset", value:
                world.redis.zadd(key, dict(value))
            case unknown, _:
                raise AssertionError(f"{key} is a {unknown}")


def restore_queues(world: World, queues: dict[str, Any]) -> None:
    with broker(world.settings) as channel:
        for queue, messages in queues.items():
            for message in messages:
                properties = pika.BasicProperties(**message["properties"])
                channel.basic_publish("", f"{world.settings.amqp_prefix}{queue}", message["body"].encode(), properties)


@pytest.fixture(scope="module")
def consumers(world: World, mailbox: Mailbox) -> Iterator[Consumers]:
    sent_by = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mailbox.port), "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8"}
    with Consumers({**world.environment(), **sent_by}) as started:
        yield started


def test_its_notices_go_out_and_its_students_are_promoted(
    world: World, consumers: Consumers, mailbox: Mailbox, receiver: Receiver
) -> None:
    for channel in ("email", "webhook"):
        consumers.start(channel)
    world.start_module("enrollment.workers.outbox_relay")
    until(lambda: mailed(mailbox) >= {"s12@example.com", "s23@example.com"}, lambda: f"mailed: {mailed(mailbox)}")
    until(lambda: posted(receiver) == ["Student with id: 12 has been enrolled in Class 4"], "the webhook")
    with closing(Caller(world.start_service())) as calls:
        assert calls.position(24, 8).json().items() >= {"position": 1, "length": 1}.items()
        assert calls.position(13, 4).json().items() >= {"position": 1, "length": 1}.items()
        for student, class_id in ((12, 4), (23, 8)):
            assert calls.drop(student, class_id)[0] == 200
        until(lambda: "s13@example.com" in mailed(mailbox), "a subscription of 1.1 is heard of")
        until(lambda: "Student with id: 24 has been enrolled in Class 8" in posted(receiver), "by webhook, too")
        assert (world.seated(4), world.seated(8)) == ([13], [22, 24])
        for class_id in (4, 8):
            world.check(class_id)
        assert calls.enroll(50, 1)[0] == 200
    assert len(mailbox.told) == len(set(mailbox.told)) == 3
    assert len(receiver.received) == 2


def mailed(mailbox: Mailbox) -> set[str]:
    return {address for mail in list(mailbox.delivered) for address in mail.recipients}


def posted(receiver: Receiver) -> list[str]:
    return [json.loads(request.body)["message"] for request in list(receiver.received)]


def test_its_accounts_sign_in_and_its_webhook_secrets_hold(world: World, tmp_path: Path) -> None:
    with started("users", world.environment(KEYS_DIR=str(tmp_path))) as (_, users):
        login = {"username": "ann", "password": "a password of 1.1"}
        signed_in = httpx.post(f"{users}/login", json=login, timeout=20, trust_env=False)
        assert signed_in.status_code == 200, signed_in.text
        new = {"username": f"u{uuid.uuid4().hex[:8]}", "password": "a password of 2.0", "email": "new@example.com"}
        registered = httpx.post(f"{users}/register", json=new, timeout=20, trust_env=False)
        assert registered.json()["id"] > 13, registered.text
    with started("notification", world.environment()) as (_, notification):
        secret = httpx.get(f"{notification}/subscribe/secret/12", timeout=20, trust_env=False)
        assert "whsec_bmV3" in secret.text
