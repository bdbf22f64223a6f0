"""`Idempotency-Key`: whatever is sent again, at whatever instance and after whatever crash, has happened once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest

from tests.support.caller import EMAIL, Caller
from tests.support.keyed_request import Request, is_replayed, new_key, said
from tests.support.waiting import until
from tests.support.world import World

CHANGES = ["enroll", "join", "drop", "leave", "instructor drop"]
FAULTS = ["commit.loaded", "commit.marked", "commit.committed", "commit.shown"]


@pytest.fixture
def class_id(world: World, calls: Caller) -> int:
    """One seat, taken by 1; 2 and 3 wait."""
    class_id = world.add_class(capacity=1, places=5)
    for student in (1, 2, 3):
        assert calls.enroll(student, class_id)[0] == 200
    return class_id


@pytest.fixture
def requests(world: World, class_id: int) -> dict[str, Request]:
    empty = world.add_class(capacity=1, places=1)
    return {
        "enroll": Request("POST", f"/enroll/9/{empty}/name/{EMAIL}"),
        "join": Request("POST", f"/enroll/4/{class_id}/name/{EMAIL}"),
        "drop": Request("DELETE", f"/enrollmentdrop/1/{class_id}/name/{EMAIL}"),
        "leave": Request("DELETE", f"/waitlistdrop/2/{class_id}/name/{EMAIL}"),
        "instructor drop": Request("DELETE", f"/drop/5/{class_id}/1/name/{EMAIL}"),
    }


# What it leads to: (seated, line)
DONE = {
    "enroll": ([1], [2, 3]),
    "join": ([1], [2, 3, 4]),
    "drop": ([2], [3]),
    "leave": ([1], [3]),
    "instructor drop": ([2], [3]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_repetition_at_another_instance_gets_the_first_reply_and_changes_nothing(
    world: World, calls: Caller, elsewhere: Caller, class_id: int, requests: dict[str, Request], change: str
) -> None:
    request, key = requests[change], new_key()
    first = request.send(calls, key)
    assert first.status_code == 200, first.text
    assert not is_replayed(first)
    for caller in (calls, elsewhere):
        again = request.send(caller, key)
        assert said(again) == said(first)
        assert is_replayed(again)
    assert (world.seated(class_id), world.line(class_id)) == DONE[change]
    assert request.send(calls, new_key()).status_code in (404, 409), "without the key it is another request"
    world.check(class_id)


def test_what_has_been_undone_is_not_done_again(world: World, calls: Caller, elsewhere: Caller) -> None:
    class_id, key = world.add_class(capacity=1, places=0), new_key()
    enroll = Request("POST", f"/enroll/7/{class_id}/name/{EMAIL}")
    first = enroll.send(calls, key)
    assert calls.drop(7, class_id)[0] == 200
    assert said(enroll.send(elsewhere, key)) == said(first)
    assert world.seated(class_id) == []


def test_a_refusal_is_repeated_also_when_the_reason_has_gone(world: World, calls: Caller, elsewhere: Caller) -> None:
    class_id, key = world.add_class(capacity=1, places=0), new_key()
    assert calls.enroll(1, class_id)[0] == 200
    enroll = Request("POST", f"/enroll/2/{class_id}/name/{EMAIL}")
    first = enroll.send(calls, key)
    assert first.status_code == 409
    assert calls.drop(1, class_id)[0] == 200
    again = enroll.send(elsewhere, key)
    assert (said(again), is_replayed(again)) == (said(first), True)
    details = enroll.send(elsewhere, key, Accept="application/problem+json").json()
    assert details.items() >= {"code": "class_full", "detail": first.json()["detail"]}.items()
    assert enroll.send(elsewhere, new_key()).status_code == 200


def test_what_the_route_refuses_before_the_class_is_asked_is_repeated_too(world: World, calls: Caller) -> None:
    class_id, key = world.add_class(capacity=1, places=0), new_key()
    assert calls.enroll(1, class_id)[0] == 200
    foreign = Request("DELETE", f"/drop/6/{class_id}/1/name/{EMAIL}")
    first = foreign.send(calls, key)
    assert first.status_code == 403
    world.deps.enrollments.assign_instructor(class_id, 6)
    again = foreign.send(calls, key)
    assert (said(again), is_replayed(again)) == (said(first), True)
    dropped, drop_key = Request("DELETE", f"/drop/6/{class_id}/1/name/{EMAIL}"), new_key()
    done = dropped.send(calls, drop_key)
    assert done.status_code == 200
    world.deps.enrollments.assign_instructor(class_id, 5)
    assert said(dropped.send(calls, drop_key)) == said(done), "though it is another's class now"
    absent = Request("POST", f"/enroll/1/{class_id + 500}/name/{EMAIL}")
    assert [absent.send(calls, f"{key}-2").status_code for _ in range(2)] == [404, 404]


def test_a_key_belongs_to_one_request_of_one_caller(world: World, calls: Caller, elsewhere: Caller) -> None:
    class_id, key = world.add_class(capacity=5, places=0), new_key()
    first = Request("POST", f"/enroll/1/{class_id}/name/{EMAIL}")
    assert first.send(calls, key).status_code == 200
    for other in (
        Request("POST", f"/enroll/2/{class_id}/name/{EMAIL}"),
        Request("DELETE", f"/enrollmentdrop/1/{class_id}/name/{EMAIL}"),
        Request("PUT", f"/state/{class_id}/inactive"),
    ):
        refused = other.send(elsewhere, key, **({"X-User-Id": "~name"} if other.method == "PUT" else {}))
        assert refused.status_code == 422, refused.text
        assert "Idempotency-Key" in refused.json()["detail"]
        assert not is_replayed(refused), "it is no repetition of the first"
    assert world.seated(class_id) == [1]
    assert Request("POST", f"/enroll/2/{class_id}/liam/{EMAIL}").send(calls, key).status_code == 200
    assert (
        Request("POST", f"/enroll/3/{class_id}/name/{EMAIL}").send(calls, key, **{"X-User-Id": "3"}).status_code == 200
    )


@pytest.mark.parametrize("key", ["", '""', "a b", "x" * 129, "ä", 'a"b', '"ab', 'ab"'])
def test_a_malformed_key_is_refused_and_nothing_happens(world: World, calls: Caller, class_id: int, key: str) -> None:
    reply = calls._call(
        "POST", f"/enroll/8/{class_id}/name/{EMAIL}", headers=[("Idempotency-Key", key.encode("latin-1"))]
    )
    assert reply.status_code == 422
    assert world.line(class_id) == [2, 3]


def test_a_key_in_quotes_is_the_same_key_and_two_are_none(calls: Caller, requests: dict[str, Request]) -> None:
    key, join = new_key(), requests["join"]
    first = join.send(calls, f'"{key}"')
    assert said(join.send(calls, key)) == said(first)
    two = [("Idempotency-Key", new_key()), ("Idempotency-Key", new_key())]
    assert calls._call("POST", join.path, headers=two).status_code == 422


def test_of_many_at_once_at_three_instances_one_happens(world: World, three: Caller) -> None:
    class_id, key = world.add_class(capacity=1, places=50), new_key()
    assert three.enroll(1, class_id)[0] == 200
    joins = [Request("POST", f"/enroll/{student}/{class_id}/name/{EMAIL}") for student in (2, 3, 4)]
    with ThreadPoolExecutor(36) as pool:
        sent = [pool.submit(join.send, three, f"{key}-{n}") for _ in range(12) for n, join in enumerate(joins)]
        replies = [future.result(60) for future in sent]
    statuses = {reply.status_code for reply in replies}
    assert statuses <= {200, 409}
    assert {str(reply.json()) for reply in replies if reply.status_code == 200} == {
        str({"message": "Student added to waitlist"})
    }
    running = [reply for reply in replies if reply.status_code == 409]
    assert all(reply.headers["Retry-After"] == "1" and "not been answered" in reply.text for reply in running)
    assert sorted(world.line(class_id)) == [2, 3, 4]
    drop = Request("DELETE", f"/enrollmentdrop/1/{class_id}/name/{EMAIL}")
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: drop.send(three, key), range(12)))
    assert {str(reply.json()) for reply in replies if reply.status_code == 200} == {str(drop.send(three, key).json())}
    assert len(world.line(class_id)) == 2, "one drop promotes one"
    world.check(class_id)


@pytest.mark.parametrize(
    ("change", "point"),
    [
        *(("drop", point) for point in FAULTS),
        ("join", "commit.marked"),
        ("enroll", "commit.committed"),
        ("leave", "commit.committed"),
    ],
)
def test_killed_anywhere_and_sent_again_it_has_happened_once(
    world: World, calls: Caller, class_id: int, requests: dict[str, Request], change: str, point: str
) -> None:
    request, key = requests[change], new_key()
    doomed = world.start_service(FAULT_POINT=point)
    with closing(Caller(doomed)) as caller, pytest.raises(httpx.TransportError):
        request.send(caller, key)
    assert doomed.died() == -9
    again = request.send(calls, key)
    assert again.status_code == 200, again.text
    assert is_replayed(again) == (point in FAULTS[2:]), "it had happened, or had not"
    assert said(request.send(calls, key)) == said(again)
    assert (world.seated(class_id), world.line(class_id)) == DONE[change]
    until(lambda: calls.position(3, class_id) and world.shown_line(class_id) == DONE[change][1], "Redis is not right")
    world.check(class_id)


def test_an_expired_key_is_as_if_it_had_never_been(world: World, calls: Caller, requests: dict[str, Request]) -> None:
    key, join = new_key(), requests["join"]
    assert join.send(calls, key).status_code == 200
    world.deps.database.update_item(
        TableName=f"{world.settings.table_prefix}idempotency-keys",
        Key={"Key": {"S": f"~name/{key}"}},
        UpdateExpression="SET ExpiresAt = :past",
        ExpressionAttributeValues={":past": {"N": "1000"}},
    )
    assert join.send(calls, key).status_code == 409, "already waiting: asked anew"
    assert join.send(calls, key).status_code == 409
