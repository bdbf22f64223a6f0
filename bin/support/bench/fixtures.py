"""Tables, queues and keys of the measurement's own on the running servers, and the services that use them.

Nothing of the running system is touched: tables and queues have a prefix, keys are in a Redis database of their own.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import pika
import redis

from bench.processes import OURS, Process, Tree, start_service
from enrollment.adapters import items
from enrollment.adapters.tables import BY_OFFER
from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.record import Record, State
from enrollment.settings import EnrollmentSettings
from etc.contracts.channel import Channel
from etc.contracts.subscriptions import MOVED, PROGRESS, SubscriptionItem
from etc.contracts.topology import Topology
from kit.messaging import amqp
from kit.stores import dynamo, dynamo_tables
from kit.stores.dynamo import Item, number
from notification.adapters.tables import Tables as Notification
from notification.domain.signature import new_secret

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

REDIS_DATABASE = 2  # 0 is the system's, 1 the tests'
# Transactions and not BatchWriteItem: DynamoDB Local puts each item of a batch on disk for itself, those of a
# transaction together, which is five times as fast.
BATCH = 100  # the most TransactWriteItems takes
WRITERS = 4
TIMEOUT_S = 30.0  # to make, fill and delete tables: one of 100,000 items takes its time
Progress = Callable[[str], None]


@dataclass
class Fixture:
    """One set of tables and queues, and one enrollment process on them, started when first asked for."""

    name: str
    settings: EnrollmentSettings
    deps: Dependencies
    patient: "DynamoDBClient"
    redis: "redis.Redis"
    tree: Tree
    _service: Process | None = None
    _next_class: int = field(default_factory=lambda: 1_700_000_000 + time.time_ns() // 10**6 % 10**8 * 2000)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TABLE_PREFIX": self.settings.table_prefix,
            "AMQP_PREFIX": self.settings.amqp_prefix,
            "REDIS_URL": self.settings.redis_url,
            "GATEWAY_SECRET": "",
        }

    @property
    def service(self) -> Process:
        if self._service is None:
            self._service = start_service("enrollment", self.environment, self.tree)
        return self._service

    @property
    def topology(self) -> Topology:
        return Topology(self.settings.amqp_prefix)

    # --- loading

    def add_classes(
        self, count: int, seated: int = 0, waiting: int = 0, capacity: int = 1_000_000, **more: Any
    ) -> list[int]:
        """Empty classes, or with counts (and what is in `more`) as said; load_records puts the students there."""
        ids = list(range(self._next_class, self._next_class + count))
        self._next_class += count
        sections = (replace(section_of(class_id, seated, waiting, capacity), **more) for class_id in ids)
        self._write(self.deps.tables.classes, map(items.class_to_item, sections))
        return ids

    def load_records(
        self, records: Iterable[tuple[int, Record]], total: int, progress: Progress = lambda _: None
    ) -> None:
        """(class id, record) pairs; each pair once."""
        written = (items.record_to_item(class_id, record) for class_id, record in records)
        self._write(self.deps.tables.enrollments, written, total, progress)

    def subscribe(self, class_id: int, targets: Iterable[tuple[int, str | None, str | None]]) -> None:
        """(student, e-mail, percent-encoded callback), as the notification service keeps and shows them."""
        targets = list(targets)
        items = [SubscriptionItem(student_id, class_id, email, proxy).to_item() for student_id, email, proxy in targets]
        moved = {**PROGRESS, MOVED: {"S": "nothing was to be moved"}}
        self._write(self.deps.tables.subscriptions, [moved, *items])
        secrets = (_with_secret(student_id) for student_id, _, proxy in targets if proxy)
        self._write(Notification(self.settings.table_prefix).endpoints, secrets)
        if self.tree is not OURS:  # of another revision there may be nothing but what Redis shows: 1.1 reads that
            self._show(class_id, targets)

    def _show(self, class_id: int, targets: Sequence[tuple[int, str | None, str | None]]) -> None:
        keys = [f"subscription:{student_id}" for student_id, _, _ in targets]
        shown = [json.loads(value or "{}") for value in self.redis.mget(keys)]
        for entries, (_, email, proxy) in zip(shown, targets, strict=True):
            entries[str(class_id)] = {"email": email or "", "proxy": proxy or ""}
        self.redis.mset(dict(zip(keys, map(json.dumps, shown), strict=True)))

    def _write(self, table: str, rows: Iterable[Item], total: int = 0, progress: Progress = lambda _: None) -> None:
        rows, done, news = iter(rows), 0, time.monotonic()
        with ThreadPoolExecutor(WRITERS) as threads:
            while batches := [batch for _ in range(4 * WRITERS) if (batch := list(islice(rows, BATCH)))]:
                list(threads.map(lambda batch: self._write_batch(table, batch), batches))
                done += sum(map(len, batches))
                if time.monotonic() - news >= 5:
                    news = time.monotonic()
                    progress(f"{done:,} of {total:,} loaded")

    def _write_batch(self, table: str, rows: list[Item]) -> None:
        self.patient.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": row}} for row in rows])

    # --- looking

    def count_offers(self, until_s: int) -> int:
        """Open offers that end by then."""
        return sum(
            self.patient.query(
                TableName=self.deps.tables.enrollments,
                IndexName=BY_OFFER,
                KeyConditionExpression="OfferShard = :shard AND OfferedUntil <= :until",
                ExpressionAttributeValues={":shard": number(shard), ":until": number(until_s)},
                Select="COUNT",
            )["Count"]
            for shard in range(items.OFFER_SHARDS)
        )

    # --- the end

    def close(self, keep_tables: bool) -> None:
        if self._service is not None:
            self._service.stop()
        if not keep_tables:
            for definition in self.deps.tables.definitions:
                self.patient.delete_table(TableName=definition["TableName"])
            self.redis.flushdb()
            with pika.BlockingConnection(amqp.parameters(self.settings.amqp_url, "bench")) as connection:
                _delete_queues(connection.channel(), self.topology)
        self.redis.close()
        self.patient.close()
        self.deps.database.close()


def _delete_queues(channel: "pika.adapters.blocking_connection.BlockingChannel", topology: Topology) -> None:
    delays_ms = [round(float(delay) * 1000) for delay in os.environ.get("RETRY_DELAYS_S", "").split(",") if delay]
    for name in Channel:
        retries = [topology.retry_queue(name, delay_ms) for delay_ms in delays_ms]
        for queue in (topology.queue(name), topology.dead_queue(name), *retries):
            channel.queue_delete(queue)
    channel.exchange_delete(topology.events)
    channel.exchange_delete(topology.dead_exchange)


def new_fixture(name: str, tree: Tree = OURS) -> Fixture:
    """Reads the addresses of the servers from the environment. `tree` is where its services are of."""
    prefix = f"bench-{uuid.uuid4().hex[:6]}-{name}-"
    server, _, _ = os.environ["REDIS_URL"].rpartition("/")
    settings = EnrollmentSettings(
        table_prefix=prefix, amqp_prefix=prefix, redis_url=f"{server}/{REDIS_DATABASE}", log_level="WARNING"
    )
    deps, patient = bootstrap(settings, "bench"), dynamo.connect(settings, TIMEOUT_S)
    dynamo_tables.ensure_tables(patient, [*deps.tables.definitions, *Notification(prefix).definitions])
    with pika.BlockingConnection(amqp.parameters(settings.amqp_url, "bench")) as connection:
        Topology(prefix).declare(connection.channel())
    client = redis.Redis.from_url(settings.redis_url, decode_responses=True)
    return Fixture(name, settings, deps, patient, client, tree)


def _with_secret(student_id: int) -> Item:
    """As who subscribes a callback gets one."""
    secrets = json.dumps([{"secret": new_secret(), "until": None}])
    return {"StudentID": {"N": str(student_id)}, "Secrets": {"S": secrets}}


def section_of(class_id: int, seated: int = 0, waiting: int = 0, capacity: int = 1_000_000) -> ClassSection:
    return ClassSection(
        class_id=class_id,
        course_code=f"BENCH {class_id}",
        section_number=1,
        class_name="Introduction to Measuring",
        department="Benchmarks",
        instructor_id=5,
        max_capacity=capacity,
        waitlist_maximum=max(15, 2 * waiting),
        current_enrollment=seated,
        current_waitlist=waiting,
        status=ClassStatus.ACTIVE,
        version=1,
        line_version=time.time_ns() // 1_000_000 + waiting,
    )


def seated(class_id: int, students: Iterable[int]) -> Iterator[tuple[int, Record]]:
    return ((class_id, Record(student, State.ENROLLED, student)) for student in students)


def in_line(class_id: int, students: Iterable[int]) -> Iterator[tuple[int, Record]]:
    """In this order; places from 1."""
    return (
        (class_id, Record(student, State.WAITLISTED, student, sequence_number=sequence_number))
        for sequence_number, student in enumerate(students, start=1)
    )
