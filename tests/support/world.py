"""A small world for one test module: tables, queues and classes of its own, and processes that can be killed."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pika
import redis

from enrollment.adapters.waitlist_cache import Keys
from enrollment.audit.auditor import audit
from enrollment.audit.courses import Courses
from enrollment.audit.swaps import Swaps
from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.cli.audit import StoredClasses
from enrollment.domain.class_history import first_entry
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.moments import now_as_text
from enrollment.domain.record import State
from enrollment.service.catalog import first_line_version
from enrollment.settings import EnrollmentSettings
from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging import amqp
from kit.stores import dynamo_tables
from kit.stores.redis_client import connect
from tests.support import forks
from tests.support.http import is_ready
from tests.support.own_redis import own_redis_url
from tests.support.ports import free_port
from tests.support.waiting import until

START_TIMEOUT_S = 90


@dataclass
class Process:
    """A process of the enrollment service under test."""

    popen: forks.Running
    url: str = ""

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait(10)

    def stop(self) -> int:
        """End it as an operator would; returns the exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(15)

    def died(self, timeout_s: float = 20) -> int:
        return self.popen.wait(timeout_s)


@dataclass
class World:
    settings: EnrollmentSettings
    deps: Dependencies
    redis: redis.Redis
    processes: list[Process] = field(default_factory=list)
    _class_ids: Iterator[int] = field(default_factory=lambda: count(time.time_ns() // 1_000_000 % 10**9 * 1000))

    # --- processes

    def environment(self, **extra: str) -> dict[str, str]:
        ours = {
            "ENVIRONMENT": "development",
            "TABLE_PREFIX": self.settings.table_prefix,
            "AMQP_PREFIX": self.settings.amqp_prefix,
            "REDIS_URL": self.settings.redis_url,
            "AMQP_URL": self.settings.amqp_url,
        }
        return {**os.environ, **ours, **extra}

    def start_module(self, module: str, **extra: str) -> Process:
        popen = forks.start_module(module, environment=self.environment(**extra))
        self.processes.append(process := Process(popen))
        return process

    def start_service(self, port: int | None = None, **extra: str) -> Process:
        port = port or free_port()
        environment = self.environment(LOG_LEVEL="WARNING", **extra)
        words = ("enrollment.app:create_app", "--port", str(port))
        popen = forks.start_module("kit.web.serve", *words, environment=environment)
        self.processes.append(process := Process(popen, f"http://127.0.0.1:{port}"))
        until(lambda: is_ready(process.url), "the service did not become ready", timeout_s=START_TIMEOUT_S)
        return process

    def end_processes(self) -> None:
        for process in self.processes:
            if process.popen.poll() is None:
                process.kill()

    # --- classes and students

    def add_class(
        self, capacity: int, places: int, status: ClassStatus = ClassStatus.ACTIVE, course: str | None = None
    ) -> int:
        """`course`: one of the sections of this course, else the only one of its own."""
        class_id = next(self._class_ids)
        section = ClassSection(
            class_id=class_id,
            course_code=course or f"TEST {class_id}",
            section_number=class_id if course else 1,
            class_name="A class",
            department="Tests",
            instructor_id=5,
            max_capacity=capacity,
            waitlist_maximum=places,
            current_enrollment=0,
            current_waitlist=0,
            status=status,
            version=1,
            line_version=first_line_version(),
        )
        entry = first_entry(section, now_as_text())
        self.deps.classes.add(section, entry)
        return class_id

    def subscribe(self, class_id: int, student_ids: "list[int] | range") -> None:
        for student_id in student_ids:
            key = f"subscription:{student_id}"
            held = json.loads(str(self.redis.get(key) or "{}"))
            held[str(class_id)] = {"email": f"s{student_id}@example.com", "proxy": "https%3A%2F%2Fexample.com%2Fhook"}
            self.redis.set(key, json.dumps(held))

    # --- what the stores say

    def seated(self, class_id: int) -> list[int]:
        return self._students(class_id, State.ENROLLED)

    def line(self, class_id: int) -> list[int]:
        return self._students(class_id, State.WAITLISTED)

    def shown_line(self, class_id: int) -> list[int]:
        return self.deps.waitlists.show(class_id)

    def _students(self, class_id: int, state: State) -> list[int]:
        return [record.student_id for record in self.deps.rosters.students(class_id, state)]

    def outbox_size(self) -> int:
        """By one read of its table: tests ask again and again, and a query of each shard costs thirty times as much."""
        table = self.deps.tables.outbox
        return self.deps.database.scan(TableName=table, Select="COUNT", ConsistentRead=True)["Count"]

    def check(self, class_id: int, *, shown: bool = True) -> None:
        """The rules that hold at every moment (design section 4), and that the history tells how it came to this; with
        `shown`, that Redis shows the line, too."""
        section = self.deps.rosters.require_section(class_id)
        seated, line = self.seated(class_id), self.line(class_id)
        assert section.current_enrollment == len(seated)
        assert section.current_enrollment + section.open_offers <= section.max_capacity
        assert section.current_waitlist == len(line)
        assert len(set(seated)) == len(seated)
        assert len(set(line)) == len(line)
        assert not set(seated) & set(line)
        assert not section.has_vacancy_for_waitlist
        assert self.audit(class_id) is None
        if shown:
            assert self.shown_line(class_id) == line
            head = self.redis.hget(Keys(class_id).head, "version")
            assert head is None or int(str(head)) == section.line_version

    def check_course(self, class_ids: list[int], *, shown: bool = True) -> None:
        """That each holds its own rules, and that nobody got a second seat against the rule of their course."""
        for class_id in class_ids:
            self.check(class_id, shown=shown)
            section = self.deps.rosters.require_section(class_id)
            line = list(self.deps.rosters.students(class_id, State.WAITLISTED))
            assert section.skipped == sum(record.skipped_for != 0 for record in line)
            assert section.paused == sum(record.paused for record in line)
        assert self.audit_course(class_ids) == []

    def audit_course(self, class_ids: list[int]) -> list[str]:
        courses, source = Courses(), StoredClasses(self.deps.rosters, self.deps.rosters.history)
        for class_id in class_ids:
            audit(source, class_id, courses)
        return list(courses.wrong(source.has_seat))

    def audit(self, class_id: int) -> str | None:
        source, swaps = StoredClasses(self.deps.rosters, self.deps.rosters.history), Swaps()
        return audit(source, class_id, swaps=swaps) or next(swaps.wrong(source.entries), None)

    def notices(self, channel: str = "webhook") -> list[dict[str, Any]]:
        """Take everything that lies in the channel's queue."""
        queue = Topology(self.settings.amqp_prefix).queue(channel)
        taken = []
        with broker(self.settings) as amqp_channel:
            while True:
                method, _, body = amqp_channel.basic_get(queue, auto_ack=True)
                if method is None:
                    return taken
                taken.append(json.loads(body or b""))


@contextmanager
def broker(settings: EnrollmentSettings) -> Iterator[Any]:
    connection = pika.BlockingConnection(amqp.parameters(settings.amqp_url, "tests"))
    try:
        yield connection.channel()
    finally:
        connection.close()


def _make_tables(deps: Dependencies) -> None:
    dynamo_tables.ensure_tables(deps.database, deps.tables.definitions)


@contextmanager
def fresh_world(make_tables: Callable[[Dependencies], None] = _make_tables, **addresses: str) -> Iterator[World]:
    """Needs DYNAMODB_ENDPOINT, REDIS_URL and AMQP_URL in the environment, or `redis_url` and `amqp_url` among the
    addresses. A server that is missing fails the test. All tables with the world's prefix are deleted at the end."""
    name = f"test-{uuid.uuid4().hex[:8]}-"
    settings = EnrollmentSettings(
        environment="development",
        dynamodb_endpoint=os.environ["DYNAMODB_ENDPOINT"],
        amqp_url=addresses.get("amqp_url") or os.environ["AMQP_URL"],
        redis_url=addresses.get("redis_url") or own_redis_url(),
        table_prefix=name,
        amqp_prefix=name,
    )
    deps = bootstrap(settings, "tests")
    make_tables(deps)
    client = connect(settings.redis_url)
    topology = Topology(name)
    with broker(settings) as channel:
        topology.declare(channel)
    world = World(settings, deps, client)
    try:
        yield world
    finally:
        world.end_processes()
        client.close()
        # Names are listed in order, and no world has as many tables as one page.
        for table in deps.database.list_tables(ExclusiveStartTableName=name)["TableNames"]:
            if table.startswith(name):
                deps.database.delete_table(TableName=table)
        deps.database.close()
        with broker(settings) as channel:
            for of_channel in Channel:
                channel.queue_delete(topology.queue(of_channel))
                channel.queue_delete(topology.dead_queue(of_channel))
            channel.exchange_delete(topology.events)
            channel.exchange_delete(topology.dead_exchange)
