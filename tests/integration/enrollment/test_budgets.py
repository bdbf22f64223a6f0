"""What a request may cost, counted in calls to the stores and to the broker, which no machine's speed changes.

The budgets below are the most that is allowed (issue 4). A cheaper route gets a lower budget in the same commit; who
has to raise one says why.
"""

import re
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from enrollment.domain.class_section import ClassStatus
from etc.contracts.subscriptions import MOVED, PROGRESS, SubscriptionItem
from kit.stores.dynamo import Item
from tests.support.caller import EMAIL, Caller
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.single  # commands are counted at one server

# What a client says when it opens a connection: paid once, not for each request.
GREETINGS = {"HELLO", "CLIENT", "SELECT", "AUTH", "SCRIPT"}
# What all commits of a moment share, at most twenty times a second, and no request waits for: see service/listing.py
# and kit/stores/minute_counts.py.
COALESCED = re.compile(r"\{class-list:|minutes:\{")
FOLLOWED = b'EndedSessions"'  # once a second by each process, whatever is asked of it: see kit/sessions.py
_LENGTH = re.compile(rb"Content-Length: *(\d+)", re.IGNORECASE)
_TARGET = re.compile(rb"X-Amz-Target: *DynamoDB_\d+\.(\w+)", re.IGNORECASE)


@dataclass
class CountingProxy:
    """Passes bytes on to DynamoDB Local and counts the operations the requests name."""

    target: tuple[str, int]
    operations: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(self.target)
            for source, sink, counting in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pass_on, args=(source, sink, counting), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, counting: bool) -> None:
        asked = b""
        with source, sink:
            try:
                while chunk := source.recv(65536):
                    if counting:
                        asked = self._count(asked + chunk)
                    sink.sendall(chunk)
            except OSError:
                return

    def _count(self, asked: bytes) -> bytes:
        """What is left of it when every whole request is counted."""
        while (head := asked.partition(b"\r\n\r\n"))[1]:
            length = int(_LENGTH.findall(head[0])[0])
            if len(head[2]) < length:
                break
            body, asked = head[2][:length], head[2][length:]
            if FOLLOWED not in body:
                self.operations[_TARGET.findall(head[0])[0].decode()] += 1
        return asked


@dataclass(frozen=True)
class Cost:
    """Calls to DynamoDB by operation, commands to Redis, messages to RabbitMQ."""

    dynamodb: dict[str, int] = field(default_factory=dict)
    redis: int = 0
    published: int = 0

    def within(self, budget: "Cost") -> bool:
        calls = all(count <= budget.dynamodb.get(name, 0) for name, count in self.dynamodb.items())
        return calls and self.redis <= budget.redis and self.published <= budget.published


@dataclass
class Meter:
    world: World
    proxy: CountingProxy
    calls: Caller

    def cost_of(self, request: Callable[[], tuple[int, object]], expected: int = 200) -> Cost:
        """The cost of one request, with what it leaves to be done after its reply."""
        self.world.notices()
        before = self.proxy.operations.copy()
        with self.world.redis.monitor() as monitor:
            status, body = request()
            until(lambda: self.world.outbox_size() == 0, why="the outbox was not cleared")
            end = uuid.uuid4().hex
            self.world.redis.echo(end)
            commands = 0
            while end not in (seen := monitor.next_command())["command"]:
                name = str(seen["command"]).partition(" ")[0].upper()
                ours = seen["db"] == 1 and seen["client_type"] != "lua" and name not in GREETINGS
                commands += ours and not COALESCED.search(str(seen["command"]))
        assert status == expected, body
        used = {name: count - before[name] for name, count in self.proxy.operations.items() if count > before[name]}
        return Cost(used, commands, len(self.world.notices()))


@pytest.fixture(scope="module")
def meter(world: World) -> Iterator[Meter]:
    address = urlsplit(world.settings.dynamodb_endpoint or "")
    proxy = CountingProxy((address.hostname or "", address.port or 0))
    service = world.start_service(DYNAMODB_ENDPOINT=proxy.url)
    calls = Caller(service)
    with warmed_up(world, calls):
        yield Meter(world, proxy, calls)
    calls.close()
    proxy.close()


@contextmanager
def warmed_up(world: World, calls: Caller) -> Iterator[None]:
    """Connections opened, scripts loaded, and nothing of 1.1 left to be looked for."""
    write(world, {**PROGRESS, MOVED: {"S": "nothing was to be moved"}})
    class_id = full_class(world, calls, waiting=2)
    assert calls.position(2, class_id).status_code == 200
    assert calls.drop(1, class_id)[0] == 200
    assert calls.leave(3, class_id)[0] == 200
    yield


def write(world: World, subscription: Item) -> None:
    world.deps.database.put_item(TableName=world.deps.tables.subscriptions, Item=subscription)


def full_class(world: World, calls: Caller, waiting: int) -> int:
    """Student 1 in the only seat, students 2, 3, … in line."""
    class_id = world.add_class(capacity=1, places=20)
    for student in range(1, waiting + 2):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


DECIDE_AND_COMMIT = {"BatchGetItem": 1, "TransactWriteItems": 1}
WITH_LINE = {**DECIDE_AND_COMMIT, "Query": 1}  # the next in line is read when somebody may move
NEW_RECORD = {"UpdateItem": 1}  # takes its enrollment id
FORGET_NOTICE = {"BatchWriteItem": 1}
MARK_AND_APPLY = 2
RESTORE = {"GetItem": 2, "Query": 1}  # Redis has not heard of the class yet

# The subscribers of a promotion are read from DynamoDB: what Redis shows of subscriptions may be lost
# (etc/decisions/7).
PROMOTION = {**WITH_LINE, "BatchGetItem": 2}
# The instance that has made the last change knows who follows, who joined an empty line or has been read ahead, and
# reads their subscriptions with the class.
PROMOTION_OF_WHO_IS_KNOWN = DECIDE_AND_COMMIT

BUDGETS = {
    "position, 200": Cost(redis=1),
    "position, 304": Cost(redis=1),
    "position, 404": Cost(redis=1),
    "enroll, a seat": Cost({**DECIDE_AND_COMMIT, **NEW_RECORD}),
    "20 enroll in a rush": Cost({"BatchGetItem": 12, "UpdateItem": 15, "TransactWriteItems": 20}),
    "enroll, a seat again after a drop": Cost(DECIDE_AND_COMMIT),
    "enroll, first ever in line": Cost({**DECIDE_AND_COMMIT, **NEW_RECORD, **RESTORE}, MARK_AND_APPLY + 1),
    "enroll, first in line": Cost({**DECIDE_AND_COMMIT, **NEW_RECORD}, MARK_AND_APPLY),
    "enroll, behind others": Cost({**DECIDE_AND_COMMIT, **NEW_RECORD}, MARK_AND_APPLY),
    "enroll, refused": Cost({"BatchGetItem": 1}),
    "leave": Cost(WITH_LINE, MARK_AND_APPLY),
    "drop, nobody waits": Cost(DECIDE_AND_COMMIT),
    "drop, the next is promoted": Cost(PROMOTION_OF_WHO_IS_KNOWN, MARK_AND_APPLY),
    "drop, the next is promoted and told": Cost({**PROMOTION, **FORGET_NOTICE}, MARK_AND_APPLY, 1),
    "instructor's drop": Cost({**PROMOTION_OF_WHO_IS_KNOWN, "GetItem": 1, **FORGET_NOTICE}, MARK_AND_APPLY, 1),
    "instructor's waitlist": Cost({"GetItem": 1, "Query": 1}),
    "list, for the first time": Cost({"Query": 2, "BatchGetItem": 2}, 1),  # active and inactive ones
    "list": Cost(),
    "my enrollments, up to fifty": Cost({"Query": 1, "BatchGetItem": 1}),
    "state": Cost({**DECIDE_AND_COMMIT, "GetItem": 1}),
}


def require(name: str, cost: Cost) -> None:
    assert cost.within(BUDGETS[name]), f"{name}: {cost} is more than {BUDGETS[name]}"


def test_a_position_costs_one_redis_command_and_no_database_call(meter: Meter) -> None:
    class_id = full_class(meter.world, meter.calls, waiting=2)

    def position(**headers: str) -> tuple[int, object]:
        reply = meter.calls.position(2, class_id, **headers)
        return reply.status_code, reply.text

    require("position, 200", meter.cost_of(position))
    etag = meter.calls.position(2, class_id).headers["etag"]
    require("position, 304", meter.cost_of(lambda: position(if_none_match=etag), expected=304))
    nobody = meter.calls.position
    require("position, 404", meter.cost_of(lambda: (nobody(9, class_id).status_code, ""), expected=404))


def test_enrolling_stays_within_its_budgets(meter: Meter) -> None:
    calls = meter.calls
    roomy, full = meter.world.add_class(5, 5), full_class(meter.world, calls, waiting=0)
    require("enroll, a seat", meter.cost_of(lambda: calls.enroll(1, roomy)))
    require("enroll, refused", meter.cost_of(lambda: calls.enroll(1, roomy), expected=409))
    require("drop, nobody waits", meter.cost_of(lambda: calls.drop(1, roomy)))
    require("enroll, a seat again after a drop", meter.cost_of(lambda: calls.enroll(1, roomy)))
    require("enroll, first ever in line", meter.cost_of(lambda: calls.enroll(2, full)))
    assert calls.leave(2, full)[0] == 200
    require("enroll, first in line", meter.cost_of(lambda: calls.enroll(4, full)))
    require("enroll, behind others", meter.cost_of(lambda: calls.enroll(3, full)))
    require("leave", meter.cost_of(lambda: calls.leave(4, full)))


def test_a_rush_costs_little_more_than_its_transactions(meter: Meter) -> None:
    class_id = meter.world.add_class(40, 5)

    def rush() -> tuple[int, object]:
        for student in range(1, 20):
            assert meter.calls.enroll(student, class_id)[0] == 200
        return meter.calls.enroll(20, class_id)

    require("20 enroll in a rush", meter.cost_of(rush))


def test_a_drop_with_promotion_and_notice_stays_within_its_budgets(meter: Meter) -> None:
    calls, class_id = meter.calls, full_class(meter.world, meter.calls, waiting=3)
    require("drop, the next is promoted", meter.cost_of(lambda: calls.drop(1, class_id)))
    for student in (3, 4):
        write(meter.world, SubscriptionItem(student, class_id, f"s{student}@example.com", None).to_item())
    require("drop, the next is promoted and told", meter.cost_of(lambda: calls.drop(2, class_id)))
    require("instructor's drop", meter.cost_of(lambda: calls.instructor_drop(3, class_id)))


def test_what_reads_stays_within_its_budgets(meter: Meter) -> None:
    calls, class_id = meter.calls, full_class(meter.world, meter.calls, waiting=3)
    waitlist = f"/instructorwaitlist/5/{class_id}/name/{EMAIL}"
    require("instructor's waitlist", meter.cost_of(lambda: calls._answer("GET", waitlist)))
    require("list, for the first time", meter.cost_of(lambda: calls._answer("GET", "/list")))
    require("list", meter.cost_of(lambda: calls._answer("GET", "/list")))
    require("my enrollments, up to fifty", meter.cost_of(lambda: calls.enrollments(2)))
    require("state", meter.cost_of(lambda: calls.set_state(class_id, ClassStatus.INACTIVE)))
