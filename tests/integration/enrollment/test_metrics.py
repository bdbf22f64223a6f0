"""What the enrollment service and its background processes tell Prometheus."""

import json
from datetime import UTC, datetime, timedelta

import httpx

from enrollment.adapters.outbox import OutboxRecord
from enrollment.domain.events import Event
from kit.stores.dynamo import number, text
from tests.support.caller import Caller
from tests.support.http import TLS
from tests.support.metrics import exported
from tests.support.ports import free_port
from tests.support.waiting import until
from tests.support.world import Process, World

POSITION = "/waitlist/{studentid}/{classid}/{username}/{email}"


def test_outcomes_promotions_batches_and_refreshes_are_counted(world: World, service: Process, calls: Caller) -> None:
    class_id = world.add_class(capacity=1, places=1)
    for student in (1, 2, 3, 1):  # seated, waitlisted, refused, refused for another reason
        calls.enroll(student, class_id)
    etag = calls.position(2, class_id).headers["ETag"]
    until(lambda: calls.position(2, class_id, if_none_match=etag).status_code == 304)
    assert calls.position(9, class_id).status_code == 404
    calls.drop(1, class_id)
    found = exported(service.url)
    assert found["enrollment_outcomes_total"] == {
        ("seated", ""): 1,
        ("waitlisted", ""): 1,
        ("refused", "ClassFull"): 1,
        ("refused", "AlreadyEnrolled"): 1,
    }
    assert found["enrollment_promotions_total"][()] == 1
    assert found["enrollment_commit_batch_size_count"][()] >= 5
    requests = found["http_requests_total"]
    assert requests["GET", POSITION, "200"] >= 1
    assert requests["GET", POSITION, "304"] >= 1
    assert requests["GET", POSITION, "404"] == 1
    assert all(str(class_id) not in route for _, route, _ in requests)


def test_a_commit_that_another_instance_overtook_is_counted(world: World, service: Process) -> None:
    class_id = world.add_class(capacity=500, places=0)
    caller = Caller(service, other := world.start_service())

    def conflicts() -> float:
        return sum(exported(each.url)["enrollment_commit_conflicts_total"][()] for each in (service, other))

    before = conflicts()
    students = iter(range(1, 500))

    def race() -> bool:
        # In turn: what each remembers of the class is out of date whenever the other has written.
        for _ in range(4):
            assert caller.enroll(next(students), class_id)[0] == 200
        return conflicts() > before

    until(race, why="no conflict was counted")
    caller.close()


def test_the_relay_tells_how_much_waits_and_for_how_long_and_that_the_broker_is_missing(world: World) -> None:
    port = free_port()
    written = (datetime.now(UTC) - timedelta(seconds=300)).isoformat(timespec="milliseconds")
    entries = [OutboxRecord.of(Event(f"00000000-0000-4000-8000-00000000000{n}", written, b"{}")) for n in range(3)]
    for entry in entries:
        item = {"Shard": number(entry.shard), "Written": text(entry.written), "Body": {"B": entry.event.body}}
        world.deps.database.put_item(TableName=world.deps.tables.outbox, Item=item)
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_port()}/%2F"
    relay = world.start_module("enrollment.workers.outbox_relay", HEALTH_PORT=str(port), AMQP_URL=nowhere)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url) and exported(url)["outbox_pending_events"][()] == 3)
        assert 300 <= exported(url)["outbox_oldest_event_age_seconds"][()] < 400
        ready = httpx.get(f"{url}/health/ready", trust_env=False, verify=TLS)
        assert ready.status_code == 503
        assert "rabbitmq" in ready.json()["detail"]
        assert "dynamodb" not in ready.json()["detail"]
    finally:
        relay.kill()
        world.deps.outbox.delete(entries)


def test_the_reconciler_tells_what_it_repaired(world: World, calls: Caller) -> None:
    class_id = world.add_class(capacity=1, places=9)
    for student in (1, 2):
        calls.enroll(student, class_id)
    for key in world.redis.scan_iter(f"*last-modified:{class_id}*"):
        world.redis.delete(key)
    port = free_port()
    world.start_module("enrollment.workers.reconciler", HEALTH_PORT=str(port))
    url = f"http://127.0.0.1:{port}"
    until(lambda: answers(url) and exported(url)["reconciler_repairs_total"][("line",)] >= 1)
    assert httpx.get(f"{url}/health/ready", trust_env=False, verify=TLS).json() == {"status": "ready"}


def answers(url: str) -> bool:
    try:
        live = httpx.get(f"{url}/health/live", trust_env=False, verify=TLS)
    except httpx.TransportError:
        return False
    return live.status_code == 200 and json.loads(live.text) == {"status": "alive"}
