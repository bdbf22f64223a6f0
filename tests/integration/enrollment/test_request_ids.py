"""The id of a request goes with the notice of the promotion it caused, whoever decided and whoever sent it."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from etc.contracts.topology import Topology
from tests.support.caller import EMAIL
from tests.support.http import TLS
from tests.support.ports import free_port
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
