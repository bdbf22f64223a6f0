"""The id of a request goes with the notice of the promotion it caused, whoever decided and whoever sent it, and with
every entry of a history that came of it, whoever wrote that."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx

from enrollment.domain.sections import normalized_code
from etc.contracts.topology import Topology
from tests.support.caller import EMAIL, Caller
from tests.support.http import TLS
from tests.support.ports import free_port
from tests.support.waiting import until
from tests.support.world import Process, World, broker


def drop(url: str, student: int, class_id: int) -> None:
    path = f"{url}/enrollmentdrop/{student}/{class_id}/name/{EMAIL}"
    reply = httpx.delete(path, headers={"X-Request-ID": f"drop-of-{student}"}, timeout=60, trust_env=False, verify=TLS)
    assert (reply.status_code, reply.headers["x-request-id"]) == (200, f"drop-of-{student}")


def fill(world: World, url: str, count: int) -> int:
    """A class with students 1… seated and as many in line, who are subscribed."""
    class_id = world.add_class(capacity=count, places=count)
    world.subscribe(class_id, range(count + 1, 2 * count + 1))
    for student in range(1, 2 * count + 1):
        httpx.post(
            f"{url}/enroll/{student}/{class_id}/name/{EMAIL}", timeout=60, trust_env=False, verify=TLS
        ).raise_for_status()
    return class_id


def test_each_message_names_the_drop_that_caused_it_also_when_many_are_decided_together(
    world: World, service: Process
) -> None:
    class_id = fill(world, service.url, 12)
    world.notices()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda student: drop(service.url, student, class_id), range(1, 13)))
    assert sorted(request_ids(world)) == sorted(f"drop-of-{student}" for student in range(1, 13))


def request_ids(world: World) -> list[str]:
    queue = Topology(world.settings.amqp_prefix).queue("webhook")
    found = []
    with broker(world.settings) as channel:
        while True:
            method, properties, _ = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return found
            found.append(properties.headers["x-request-id"])


def test_a_notice_that_waits_in_the_outbox_keeps_it(world: World) -> None:
    service = world.start_service(AMQP_URL=f"amqp://guest:guest@127.0.0.1:{free_port()}/%2F")
    class_id = fill(world, service.url, 1)
    drop(service.url, 1, class_id)
    waiting = world.deps.outbox.all_if_few()
    assert waiting is not None
    assert [entry.event.headers["x-request-id"] for entry in waiting] == ["drop-of-1"]
    world.deps.outbox.delete(waiting)


REGISTRAR = {"role": "registrar", "id": 12}


def entries(world: World, class_id: int) -> list[tuple[str, dict[str, object], str | None]]:
    found = world.deps.rosters.history.entries(class_id)
    return [(one["what"], one["by"], one["request_id"]) for entry in found for one in entry["changes"]]


def asked(calls: Caller, method: str, path: str, request_id: str, body: object = None) -> httpx.Response:
    reply = calls._call(method, path, json=body, headers={"X-User-Id": "12", "X-Request-ID": request_id})
    assert reply.status_code == 200, reply.text
    return reply


def test_what_goes_on_in_other_threads_is_the_registrars_and_of_their_request(world: World, calls: Caller) -> None:
    """The steps of a removal, of a course's rule and of an upload."""
    course = f"ID {uuid.uuid4().hex[:8]}"
    row = {"course_code": course, "class_name": "A", "department": "B", "instructor": "lovelace"}
    rows = [{**row, "section_number": number, "max_capacity": 1, "waitlist_maximum": 3} for number in (1, 2)]
    asked(calls, "POST", "/uploads/classes", "an-upload", {"classes": rows})
    found = world.deps.classes.ids_of([(normalized_code(course), number) for number in (1, 2)])
    first, second = found.values()
    asked(calls, "PUT", f"/policy/{first}", "a-rule", {"promotion": "automatic", "one_section": True})
    until(lambda: entries(world, second)[-1][0] == "one_section")
    for class_id in (first, second):
        told = entries(world, class_id)
        assert told[0] == ("added", REGISTRAR, "an-upload")
        assert all(one == ("one_section", REGISTRAR, "a-rule") for one in told if one[0] == "one_section")
    for student in (1, 2):
        assert calls.enroll(student, first)[0] == 200
    asked(calls, "DELETE", f"/remove/{first}", "a-removal")
    ended = entries(world, first)[-4:]
    assert ended == [(what, REGISTRAR, "a-removal") for what in ("status", "dropped", "dropped", "removed")]
