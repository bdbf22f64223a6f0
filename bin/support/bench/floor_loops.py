"""Floors that are loops: the bare thing a request cannot do without, from as many threads, for so many seconds.

    python -m bench.floor_loops NAME SECONDS, its options as JSON on standard input: prints a samples.Sample as JSON

Everything is made ready, and done once, before the clock starts.
"""

import functools
import itertools
import json
import os
import resource
import smtplib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx
import pika
from argon2 import PasswordHasher

from bench.fixtures import section_of
from bench.samples import Sample, percentile
from enrollment.adapters import items
from enrollment.adapters.history_store import HistoryStore
from enrollment.adapters.outbox import Outbox
from enrollment.adapters.tables import Tables
from enrollment.domain.class_section import ClassSection
from enrollment.domain.events import About, Event, Subscription, event_of
from enrollment.domain.history import NO_HISTORY, SYSTEM, Actor, Change, Role, What, entry
from enrollment.domain.record import Record, State
from enrollment.settings import EnrollmentSettings
from kit.messaging import amqp
from kit.stores import dynamo
from notification.domain.event import Event as Received
from notification.domain.event import decode
from notification.domain.mail import compose
from notification.senders.email import style_of
from notification.settings import EmailSettings

Operation = Callable[[], object]
MAIL_TO = "somebody@example.com"
REQUEST_ID = "floor-1"


class Database:
    """The client the service has, and the writes of its transactions."""

    def __init__(self, classes: list[int], first: int) -> None:
        settings = EnrollmentSettings()
        self.tables = Tables(settings.table_prefix)
        self.client = dynamo.connect(settings)
        self.outbox = Outbox(self.client, self.tables)
        self._history = HistoryStore(self.client, self.tables)
        self._classes = classes
        self._numbers = itertools.count(first)

    def next_student(self) -> tuple[int, ClassSection]:
        number = next(self._numbers)
        return number, section_of(self._classes[number % len(self._classes)])

    def class_write(self, section: ClassSection) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self.tables.classes,
                "Item": items.class_to_item(section),
                "ConditionExpression": "attribute_exists(Version)",
            }
        }

    def record_write(self, section: ClassSection, record: Record, condition: str) -> dict[str, Any]:
        item = items.record_to_item(section.class_id, record)
        return {"Put": {"TableName": self.tables.enrollments, "Item": item, "ConditionExpression": condition}}

    def history_write(self, section: ClassSection, student_id: int, *changes: Change) -> dict[str, Any]:
        """An entry of the changes, whose number is the student's: each is there once."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return self._history.write_of({**entry(section.class_id, NO_HISTORY, at, changes), "number": student_id})

    def promotion(self, to: Subscription) -> Event:
        """One transaction of the class, its history, two records and an event, as a drop writes them; the event."""
        student_id, section = self.next_student()
        about = About(datetime.now(UTC).isoformat(timespec="milliseconds"), section.class_id, NO_HISTORY)
        event = event_of(What.PROMOTED, about, Record(student_id, State.ENROLLED), to, None, {})
        anything = "attribute_not_exists(ClassID) OR attribute_exists(ClassID)"
        self.client.transact_write_items(
            TransactItems=[
                self.class_write(section),  # type: ignore[list-item]
                self.history_write(  # type: ignore[list-item]
                    section,
                    student_id,
                    change_of(What.DROPPED, student_id),
                    Change(What.PROMOTED, SYSTEM, -student_id, REQUEST_ID, {"sequence": student_id}),
                ),
                self.record_write(section, Record(student_id, State.DROPPED, student_id), anything),  # type: ignore[list-item]
                self.record_write(section, Record(-student_id, State.ENROLLED, student_id), anything),  # type: ignore[list-item]
                self.outbox.write_of(event),  # type: ignore[list-item]
            ]
        )
        return event


def change_of(what: What, student_id: int) -> Change:
    return Change(what, Actor(Role.STUDENT, student_id), student_id, REQUEST_ID)


def enroll(classes: list[int], first: int) -> Iterator[Operation]:
    """One transaction of the class, its history and a new record, as an enrollment writes them."""
    database = Database(classes, first)

    def transaction() -> None:
        student_id, section = database.next_student()
        record = Record(student_id, State.ENROLLED, student_id)
        database.client.transact_write_items(
            TransactItems=[
                database.class_write(section),  # type: ignore[list-item]
                database.history_write(section, student_id, change_of(What.ENROLLED, student_id)),  # type: ignore[list-item]
                database.record_write(section, record, "attribute_not_exists(ClassID)"),  # type: ignore[list-item]
            ]
        )

    yield from itertools.repeat(transaction)


def publish(channel: Any, exchange: str, event: Event) -> None:
    """Returns when it is confirmed."""
    properties = pika.BasicProperties(delivery_mode=2, message_id=event.event_id)
    channel.basic_publish(exchange, "", event.body, properties, mandatory=True)


def confirming_channel() -> Any:
    channel = pika.BlockingConnection(amqp.parameters(EnrollmentSettings().amqp_url, "floor")).channel()
    channel.confirm_delivery()
    return channel


def drop(classes: list[int], first: int, exchange: str) -> Iterator[Operation]:
    """A promotion's transaction, then its event published and confirmed."""
    database, to = Database(classes, first), Subscription(email=MAIL_TO, proxy=None)

    def drop_and_tell(channel: Any) -> None:
        publish(channel, exchange, database.promotion(to))

    while True:
        yield functools.partial(drop_and_tell, confirming_channel())


def steps(classes: list[int], first: int, exchange: str, queue: str, port: int, callback: str) -> Iterator[Operation]:
    """The same, then the message delivered and sent: as a webhook if there is a callback, and else as a mail."""
    database, to = Database(classes, first), Subscription(email=None if callback else MAIL_TO, proxy=callback or None)
    send = _post() if callback else _mail(port)
    channel = confirming_channel()
    channel.queue_purge(queue)
    delivered = channel.consume(queue, auto_ack=True)

    def drop_tell_and_send() -> None:
        publish(channel, exchange, database.promotion(to))
        send(decode(next(delivered)[2]))

    yield drop_tell_and_send


def argon2(password: str) -> Iterator[Operation]:
    """One verification with the parameters of the users service."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    made = hasher.hash(password)
    yield from itertools.repeat(lambda: hasher.verify(made, password))


def webhooks(bodies: list[str]) -> Iterator[Operation]:
    """POSTs of the same sentences to the same receivers through one httpx.Client."""
    post = _post()
    events = itertools.cycle([decode(body.encode()) for body in bodies])
    yield from itertools.repeat(lambda: post(next(events)))


def _post() -> Callable[[Received], object]:
    client = httpx.Client(trust_env=False, limits=httpx.Limits(max_connections=None, max_keepalive_connections=None))
    return lambda event: client.post(unquote(event.proxy_url or ""), json={"message": event.message}).raise_for_status()


def mails(bodies: list[str], port: int) -> Iterator[Operation]:
    """The same mails over one connection."""
    send = _mail(port)
    events = itertools.cycle([decode(body.encode()) for body in bodies])
    yield from itertools.repeat(lambda: send(next(events)))


def _mail(port: int) -> Callable[[Received], object]:
    style = style_of(EmailSettings())
    server = smtplib.SMTP("127.0.0.1", port, timeout=10)

    def send(event: Received) -> None:
        mail = compose([event], style, datetime.now(UTC))
        server.sendmail(style.sender, [mail.to], mail.content)

    return send


LOOPS: dict[str, Callable[..., Iterator[Operation]]] = {
    "enroll": enroll,
    "drop": drop,
    "steps": steps,
    "argon2": argon2,
    "webhooks": webhooks,
    "mails": mails,
}


def run(operations: list[Operation], seconds: float) -> Sample:
    times_s: list[list[float]] = [[] for _ in operations]
    failures: list[Exception] = []
    begin = threading.Barrier(len(operations) + 1)

    def work(operation: Operation, mine: list[float]) -> None:
        try:
            operation()
            begin.wait()
            end = time.perf_counter() + seconds
            while (started := time.perf_counter()) < end:
                operation()
                mine.append(time.perf_counter() - started)
        except Exception as error:
            failures.append(error)
            begin.abort()

    threads = [threading.Thread(target=work, args=each, daemon=True) for each in zip(operations, times_s, strict=True)]
    for thread in threads:
        thread.start()
    begin.wait()
    used, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    elapsed, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    all_ms = [each * 1000 for mine in times_s for each in mine] or [0.0]
    return Sample(
        count=sum(map(len, times_s)),
        seconds=elapsed,
        p50_ms=percentile(all_ms, 50),
        p99_ms=percentile(all_ms, 99),
        cpu_s=after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime,
    )


def main() -> None:
    name, seconds, options = sys.argv[1], float(sys.argv[2]), json.load(sys.stdin)
    threads: int = options.pop("threads")
    making = LOOPS[name](**options)
    sample = run([next(making) for _ in range(threads)], seconds)
    print(json.dumps(asdict(sample)), flush=True)
    os._exit(0)  # connections are left as they are: saying goodbye to each would only take time


if __name__ == "__main__":
    main()
