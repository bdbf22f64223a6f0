"""The table `subscriptions`: what the notification service writes, enrollment reads."""

import json
import os
import uuid
from collections.abc import Iterator

import pytest
import redis

from enrollment.adapters.subscriptions import Subscriptions as Reader
from enrollment.domain.events import Subscription as Target
from etc.contracts.subscriptions import MOVED, PROGRESS
from kit.settings import DynamoSettings
from kit.stores import dynamo, dynamo_tables
from kit.stores.idempotency_keys import IdempotencyKeys
from notification.adapters.subscription_view import SubscriptionView
from notification.adapters.subscriptions import SubscriptionStore
from notification.adapters.tables import Tables
from notification.domain.subscription import Subscription

URL = "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"


class World:
    """Tables of its own, in which nothing has moved yet."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.database = dynamo.connect(DynamoSettings(environment="development"))
        self.tables = Tables(f"test-{uuid.uuid4().hex[:12]}-")
        dynamo_tables.ensure_tables(self.database, self.tables.definitions)
        self.writer = SubscriptionStore(
            self.database, self.tables, SubscriptionView(client), IdempotencyKeys(self.database, self.tables.prefix)
        )
        self.student_id = uuid.uuid4().int % 2**52 + 1

    def reader(self) -> Reader:
        return Reader(self.database, self.tables.subscriptions, self.client)

    def moved(self) -> None:
        item = {**PROGRESS, MOVED: {"S": "2026-02-03T04:05:06Z"}}
        self.database.put_item(TableName=self.tables.subscriptions, Item=item)


@pytest.fixture
def world() -> Iterator[World]:
    with redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as client:
        one = World(client)
        yield one
        client.delete(f"subscription:{one.student_id}")
        for definition in one.tables.definitions:
            one.database.delete_table(TableName=definition["TableName"])
        one.database.close()


@pytest.mark.parametrize("moved", [True, False])
@pytest.mark.parametrize(("email", "proxy"), [("a@example.com", URL), ("a@example.com", None), (None, URL)])
def test_enrollment_reads_what_the_student_subscribed_with(
    email: str | None, proxy: str | None, moved: bool, world: World
) -> None:
    if moved:
        world.moved()
    world.writer.put(world.student_id, 2, Subscription(email, proxy))
    assert world.reader().to_class(2, [world.student_id]) == {world.student_id: Target(email, proxy)}
    assert world.reader().to_class(8, [world.student_id]) == {}


def test_enrollment_reads_the_same_beside_something_else(world: World) -> None:
    world.moved()
    world.writer.put(world.student_id, 2, Subscription("a@example.com", URL, "de", "event"))
    reader, students = world.reader(), [world.student_id, world.student_id + 1]
    assert reader.keys(2, students) == {}, "it does not know yet that all has moved"
    alone = reader.to_class(2, students)
    assert reader.found({"classes": []}, students) == {}
    beside = reader.found(dynamo.batch_get(world.database, reader.keys(2, students)), students)
    assert beside == {**alone, world.student_id + 1: None}


def test_enrollment_reads_how_the_student_wants_to_be_told_and_redis_shows_as_ever(world: World) -> None:
    world.moved()
    world.writer.put(world.student_id, 2, Subscription("a@example.com", URL, "de", "event"))
    target = Target("a@example.com", URL, "de", "event")
    assert world.reader().to_class(2, [world.student_id]) == {world.student_id: target}
    shown = {"2": {"email": "a@example.com", "proxy": URL}}
    assert json.loads(world.client.get(f"subscription:{world.student_id}") or "") == shown


def test_a_view_that_is_missing_never_means_not_subscribed_and_an_old_one_nothing(world: World) -> None:
    world.moved()
    world.writer.put(world.student_id, 2, Subscription("a@example.com", None))
    key = f"subscription:{world.student_id}"
    world.client.delete(key)
    assert world.reader().to_class(2, [world.student_id]) == {world.student_id: Target("a@example.com", None)}
    world.client.set(key, json.dumps({"8": {"email": "gone@example.com", "proxy": None}}))
    assert world.reader().to_class(8, [world.student_id]) == {}


def test_what_1_1_kept_in_redis_counts_until_it_has_moved(world: World) -> None:
    value = {"2": {"email": "a@example.com", "proxy": None}}
    world.client.set(f"subscription:{world.student_id}", json.dumps(value))
    reader = world.reader()
    assert reader.to_class(2, [world.student_id]) == {world.student_id: Target("a@example.com", None)}
    world.moved()
    assert reader.to_class(2, [world.student_id]) == {}
