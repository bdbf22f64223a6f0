"""Every process on tables that the CloudFormation template made, with the rights of its policy there and no others."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws.units import COST

from tests.support import deployed as support
from tests.support.caller import EMAIL, Caller
from tests.support.consumers import Consumers
from tests.support.deployed import Deployed
from tests.support.guarded_dynamodb import GuardedDynamoDB, guarded
from tests.support.http import is_ready
from tests.support.mailbox import Mailbox
from tests.support.receiver import Receiver
from tests.support.waiting import until
from tests.support.world import Process, fresh_world

WHO = f"name/{EMAIL}"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with support.deployed(tmp_path_factory.mktemp("keys")) as ours:
        yield ours


def fine(reply: httpx.Response) -> Any:
    assert reply.is_success, reply.text
    return reply.json()


def test_users_sign_in_are_found_and_get_roles(deployed: Deployed) -> None:
    users = deployed.users
    person = {"username": "jo", "email": EMAIL, "password": "a long sentence is easy to keep"}
    jo = fine(users.post("/register", json=person))
    for path in ("/login", "/checkpwd"):
        fine(users.post(path, json=person))
    assert users.post("/login", json=person | {"password": "another long sentence"}).status_code == 401
    for path in (f"/getuser/{jo['id']}", "/getuser/by-name/jo", f"/people?ids={jo['id']}&email={EMAIL}"):
        fine(users.get(path))
    for roles in (["instructor", "registrar"], ["instructor", "registrar", "student"]):
        fine(users.put(f"/roles/{jo['id']}", json={"roles": roles}))
    session = fine(users.post("/login", json=person | {"session": True}))
    for path in ("/refresh", "/logout"):
        fine(users.post(path, json={"refresh_token": session["refresh_token"]}))
    fine(users.post("/password", json=person | {"new_password": "another long sentence"}))
    assert not deployed.guards["Users"].refused


def test_links_of_accounts_are_mailed(deployed: Deployed) -> None:
    person = {"username": "forgetful", "email": EMAIL, "password": "a long sentence is easy to keep"}
    fine(deployed.users.post("/register", json=person))
    for username in ("forgetful", "nobody"):
        fine(deployed.users.post("/password/forgot", json={"username": username}))
    used_up = {"token": "1.x", "new_password": "a sentence that is long enough"}
    assert deployed.users.post("/password/reset", json=used_up).status_code == 409
    users = deployed.guards["Users"]
    until(lambda: ("BatchWriteItem", "AccountMails") in users.used, lambda: f"no mail went; it lacks {users.refused}")
    assert not users.refused


@pytest.fixture(scope="module")
def instructor(deployed: Deployed) -> int:
    person = {"username": "teacher", "email": EMAIL, "password": "a long sentence is easy to keep"}
    teacher = fine(deployed.users.post("/register", json=person))["id"]
    fine(deployed.users.put(f"/roles/{teacher}", json={"roles": ["instructor"]}))
    return int(teacher)


def add_class(deployed: Deployed, instructor: int) -> int:
    """One seat, and nine places in line."""
    section = uuid.uuid4().int % 10**6 + 1
    added = fine(deployed.calls.post(f"/add/{section}/GUARD%201/A%20class/Tests/{instructor}/1/active/9"))
    return int(added["class_details"]["ClassID"])


def test_classes_fill_move_up_and_go(deployed: Deployed, instructor: int) -> None:
    calls, [one, other] = deployed.calls, [add_class(deployed, instructor) for _ in range(2)]
    for student, class_id in ((1, one), (2, other), (3, one), (4, one), (5, one), (6, one)):
        keyed = {"Idempotency-Key": str(uuid.uuid4())}
        for _ in range(2):
            fine(calls.post(f"/enroll/{student}/{class_id}/{WHO}", **keyed))
    assert calls.swap(2, other, one)[0] == 200
    assert calls.pause(5, one)[0] == calls.resume(5, one)[0] == calls.leave(4, one)[0] == 200
    assert calls.set_policy(one, "offer", 60)[0] == 200
    assert calls.drop(1, one)[0] == 200
    assert [offer["class_id"] for offer in calls.offers(3)[1]["offers"]] == [one]
    assert calls.accept(3, one)[0] == 200
    assert calls.set_policy(one, "automatic", 60)[0] == calls.resize(one, 2, 9)[0] == 200
    assert calls.instructor_drop(3, one, instructor)[0] == calls.take_out(6, one)[0] == 200
    assert calls.set_state(other, "inactive")[0] == calls.revise(one, class_name="Another name")[0] == 200
    for path in (
        "/list",
        f"/class/{one}",
        "/classes",
        "/demand",
        f"/taught/{instructor}/{WHO}",
        f"/enrolled/{instructor}/{one}/{WHO}",
        f"/roster/{one}",
        f"/history/{one}",
        f"/history/1/{one}/{WHO}",
        f"/enrollments/1/{WHO}",
        f"/waitlists/1/{WHO}",
    ):
        fine(calls.get(path))
    for class_id in (one, other):
        assert calls.remove(class_id)[0] in (200, 202)
    assert not deployed.guards["Enrollment"].refused


def test_the_reconciler_ends_offers_and_repairs(deployed: Deployed, instructor: int) -> None:
    class_id, calls = add_class(deployed, instructor), deployed.calls
    assert calls.set_policy(class_id, "offer", 60)[0] == 200
    for student in (1, 2):
        assert calls.enroll(student, class_id)[0] == 200
    deployed.world.redis.flushdb()
    module = deployed.world.start_module(
        "enrollment.workers.reconciler",
        RECONCILE_INTERVAL_S="0.2",
        DYNAMODB_ENDPOINT=deployed.guards["Enrollment"].url,
    )
    until(lambda: deployed.world.shown_line(class_id) == [2], "the line was not rebuilt")
    module.stop()
    assert not deployed.guards["Enrollment"].refused


def test_the_relay_publishes_and_the_consumers_deliver(deployed: Deployed, instructor: int) -> None:
    class_id, world, told = add_class(deployed, instructor), deployed.world, deployed.notification
    doomed = Caller(_doomed(deployed))
    with Mailbox() as mailbox, Receiver() as receiver, closing(doomed):
        for student in (1, 2):
            assert deployed.calls.enroll(student, class_id)[0] == 200
            fine(told.post(f"/subscribe/{student}/{class_id}/{WHO}/{receiver.proxy()}"))
        with pytest.raises(httpx.TransportError):
            doomed.drop(1, class_id)
        assert world.outbox_size() == 1
        deployed.consumers.start("email", SMTP_PORT=str(mailbox.port))
        deployed.consumers.start("webhook", CALLBACK_ALLOWED_NETWORKS="127.0.0.0/8")
        relay = {"DYNAMODB_ENDPOINT": deployed.guards["OutboxRelay"].url, "RELAY_INTERVAL_S": "0.2"}
        deployed.consumers.start("relay", module="enrollment.workers.outbox_relay", **relay)
        until(lambda: mailbox.delivered and receiver.received, "the notice did not come")
        until(lambda: world.outbox_size() == 0, "the event stayed in the outbox")
        until(lambda: len(fine(told.get("/deliveries/2"))["deliveries"]) == 2, "no attempt was logged")
        [webhook] = [
            each["id"] for each in fine(told.get("/deliveries/2"))["deliveries"] if each["channel"] == "webhook"
        ]
        fine(told.post(f"/deliveries/2/{webhook}/redeliver"))
        fine(told.post(f"/subscribe/2/{class_id}/test"))
        until(lambda: len(receiver.received) == 3, "the notice did not come again")
    assert not deployed.guards["OutboxRelay"].refused
    assert not deployed.guards["Notification"].refused


def _doomed(deployed: Deployed) -> Process:
    """An instance that dies when a change is committed and shown, and its event not published yet."""
    return deployed.world.start_service(FAULT_POINT="commit.shown", DYNAMODB_ENDPOINT=deployed.guards["Enrollment"].url)


def test_a_request_costs_the_units_that_capacity_md_counts_with(deployed: Deployed, instructor: int) -> None:
    class_id, calls = add_class(deployed, instructor), deployed.calls
    person = {"username": "cost", "email": EMAIL, "password": "a long sentence is easy to keep"}
    fine(deployed.users.post("/register", json=person))

    def enroll(student: int) -> httpx.Response:
        return calls.post(f"/enroll/{student}/{class_id}/{WHO}", **{"Idempotency-Key": str(uuid.uuid4())})

    enrollment = deployed.guards["Enrollment"]
    # One that did not make the last change, and has to ask who is next in line.
    another = Caller(deployed.world.start_service(DYNAMODB_ENDPOINT=enrollment.url))
    costs = {
        "login": cost(deployed.guards["Users"], lambda: deployed.users.post("/login", json=person)),
        "enroll": cost(enrollment, lambda: enroll(1)),
        "wait": cost(enrollment, lambda: enroll(2)),
        "drop": cost(enrollment, lambda: another.delete(f"/enrollmentdrop/1/{class_id}/{WHO}")),
    }
    another.close()
    assert costs == COST


def cost(guard: GuardedDynamoDB, ask: Callable[[], httpx.Response]) -> dict[str, tuple[float, float]]:
    """Units to read and to write of one request, by table and index. To read what is not there costs one, as on AWS."""
    until(guard.is_quiet, "others ask, too")
    guard.spent.clear()
    fine(ask())
    until(guard.is_quiet, "it goes on asking")
    units: dict[str, tuple[float, float]] = {}
    for (place, kind), spent in guard.spent.items():
        if place in ("AccountMails", "EndedSessions"):
            continue  # looked at now and then, whoever asks
        reads, writes = units.get(place, (0, 0))
        units[place] = (max(spent, 1), writes) if kind == "reads" else (reads, spent)
    return units


def test_students_subscribe_and_have_a_secret(deployed: Deployed, instructor: int) -> None:
    told, [one, other] = deployed.notification, [add_class(deployed, instructor) for _ in range(2)]
    hook = {"proxyURL": "http://127.0.0.1:9/hook"}
    fine(told.post(f"/subscribe/7/{one}", json=hook, headers={"Idempotency-Key": str(uuid.uuid4())}))
    fine(told.post(f"/subscribe/7/{other}", json={"email": EMAIL}))
    for path in ("/subscribe/list/7", f"/subscription/7/{one}", "/subscribe/secret/7", "/deliveries/7"):
        fine(told.get(path))
    for path in ("/subscribe/secret/7/rotate", f"/subscribe/7/{one}/resume"):
        fine(told.post(path))
    for class_id in (one, other):
        fine(told.delete(f"/subscribe/remove/7/{class_id}"))
    assert not deployed.guards["Notification"].refused


def test_operators_load_audit_and_rebuild(deployed: Deployed, tmp_path: Path) -> None:
    students = tmp_path / "students.csv"
    students.write_text("username,email,password\nsam,sam@example.com,a long sentence is easy to keep\n")
    deployed.command("users.cli.load_students", students)
    deployed.command("enrollment.cli.audit")
    deployed.command("enrollment.cli.rebuild_waitlists")
    deployed.command("notification.cli.rebuild_subscriptions")
    assert not deployed.guards["Operator"].refused


def test_a_process_that_may_not_make_tables_says_which_is_missing_and_begins_when_it_is_there() -> None:
    with ExitStack() as stack:
        world = stack.enter_context(fresh_world(lambda _: None))
        prefix = world.settings.table_prefix
        guard = stack.enter_context(guarded(os.environ["DYNAMODB_ENDPOINT"], "OutboxRelay", prefix))
        processes = stack.enter_context(Consumers(world.environment(DYNAMODB_ENDPOINT=guard.url)))
        relay = processes.start("relay", module="enrollment.workers.outbox_relay", ready=False)
        relay.wait_for_log(
            f"The table {prefix}classes is missing, and this process has no right to dynamodb:CreateTable"
        )
        support.deploy(world.deps)
        until(lambda: is_ready(relay.url), lambda: relay.log)
        assert guard.refused == {("CreateTable", "classes")}
