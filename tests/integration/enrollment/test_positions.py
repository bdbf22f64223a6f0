"""Position in line by conditional GET and HEAD, against the real Redis."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from enrollment.adapters.waitlist_cache import Keys
from tests.support.caller import Caller
from tests.support.world import World


@pytest.fixture
def class_id(world: World, calls: Caller) -> int:
    """One seat, taken by 1; 2 and 3 wait."""
    class_id = world.add_class(capacity=1, places=9)
    for student in (1, 2, 3):
        calls.enroll(student, class_id)
    return class_id


def test_a_refresh_is_304_with_either_validator_and_no_body(calls: Caller, class_id: int) -> None:
    first = calls.position(3, class_id)
    assert first.json().items() >= {"position": 2, "length": 2}.items()
    assert abs(datetime.fromisoformat(first.json()["since"]).timestamp() - time.time()) < 60
    assert first.headers["Cache-Control"] == "private, no-cache"
    for given in ({"if_none_match": first.headers["ETag"]}, {"if_modified_since": first.headers["Last-Modified"]}):
        time_to_settle(first.headers["Last-Modified"])
        later = calls.position(3, class_id)
        again = calls.position(3, class_id, **given)
        if given.get("if_modified_since") not in (None, later.headers["Last-Modified"]):
            continue  # the stamp was still in the future when it was first sent
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == later.headers["ETag"]
        assert again.headers["Last-Modified"] == later.headers["Last-Modified"]


def time_to_settle(last_modified: str) -> None:
    """Wait until the second of the last change is over: several changes in one second push the stamp into the next."""
    while time.time() < parsedate_to_datetime(last_modified).timestamp() + 2:
        time.sleep(0.05)


def test_last_modified_is_the_redis_value_the_founding_document_shows(
    world: World, calls: Caller, class_id: int
) -> None:
    time_to_settle(calls.position(3, class_id).headers["Last-Modified"])
    assert calls.position(3, class_id).headers["Last-Modified"] == world.redis.get(f"last-modified:{class_id}")


def test_nothing_is_said_to_have_changed_after_the_reply_was_sent(world: World, calls: Caller, class_id: int) -> None:
    """RFC 9110 §8.8.2.1, at every moment of two seconds: a Date that is made once a second was mostly behind."""
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        calls.enroll(4, class_id)
        reply = calls.position(3, class_id)
        calls.leave(4, class_id)
        changed, sent = (parsedate_to_datetime(reply.headers[name]) for name in ("Last-Modified", "Date"))
        assert changed <= sent
        assert "Server" not in reply.headers


def test_head_is_get_without_the_body(calls: Caller, class_id: int) -> None:
    got, head = calls.position(3, class_id), calls.position(3, class_id, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Cache-Control", "Content-Length", "Content-Type"):
        assert head.headers[name] == got.headers[name]
    assert calls.position(3, class_id, method="HEAD", if_none_match=got.headers["ETag"]).status_code == 304
    assert calls.position(8, class_id, method="HEAD").status_code == 404


@pytest.mark.parametrize("change", ["join", "leave", "promotion"])
def test_no_change_goes_unseen_even_within_one_second(calls: Caller, class_id: int, change: str) -> None:
    before = calls.position(3, class_id).headers
    match change:
        case "join":
            calls.enroll(4, class_id)
        case "leave":
            calls.leave(2, class_id)
        case "promotion":
            calls.drop(1, class_id)
    for name, value in (("if_none_match", before["ETag"]), ("if_modified_since", before["Last-Modified"])):
        assert calls.position(3, class_id, **{name: value}).status_code == 200


def test_what_would_be_a_404_is_never_a_304(calls: Caller, class_id: int) -> None:
    headers = calls.position(3, class_id).headers
    for student, of_class in ((1, class_id), (77, class_id), (3, 9_000_000)):
        for given in ({"if_none_match": "*"}, {"if_modified_since": headers["Last-Modified"]}):
            reply = calls.position(student, of_class, **given)
            assert reply.status_code == 404
            assert "detail" in reply.json()


def test_all_lines_of_a_student_in_one_call(world: World, calls: Caller, class_id: int) -> None:
    other = world.add_class(capacity=1, places=9)
    student = class_id  # nobody else's
    assert calls.waitlists(student) == (200, {"Waitlists": []})
    calls.enroll(8, other)
    for each in (class_id, other):
        calls.enroll(student, each)
    status, body = calls.waitlists(student)
    places = {row["ClassID"]: (row["position"], row["length"]) for row in body["Waitlists"]}
    assert (status, places) == (200, {class_id: (3, 3), other: (1, 1)})
    calls.drop(8, other)
    assert [row["ClassID"] for row in calls.waitlists(student)[1]["Waitlists"]] == [class_id]


def test_since_survives_an_emptied_redis(world: World, calls: Caller, class_id: int) -> None:
    before = calls.position(3, class_id).json()
    for key in world.redis.scan_iter(f"*last-modified:{class_id}*"):
        world.redis.delete(key)
    assert calls.position(3, class_id).json() == before


def test_all_keys_of_a_line_share_a_cluster_slot() -> None:
    def hashed(key: str) -> str:
        start = key.find("{")
        end = key.find("}", start + 1)
        return key[start + 1 : end] if start >= 0 and end > start + 1 else key

    assert {hashed(key) for key in Keys(4).all} == {"last-modified:4"}


def test_a_mark_left_behind_is_not_trusted(world: World, calls: Caller, class_id: int) -> None:
    etag = calls.position(3, class_id).headers["ETag"]
    version = world.deps.rosters.require_section(class_id).line_version
    world.deps.waitlists.mark_pending(class_id, "somebody", version + 1)
    assert calls.position(3, class_id, if_none_match=etag).status_code == 200, "a commit is under way: no 304"
    time.sleep(3.1)  # now the mark is old: the truth is asked, which says that nothing has changed
    assert calls.position(3, class_id, if_none_match=etag).status_code == 304
    world.deps.waitlists.abort(class_id, "somebody")


def test_a_304_is_never_stale_while_the_line_changes(world: World, three: Caller) -> None:
    """Readers refresh all the time; after each change has been answered, no validator from before it is accepted."""
    class_id = world.add_class(capacity=1, places=9)
    for student in (1, 2):
        three.enroll(student, class_id)
    stop = False

    def refresh() -> Iterator[tuple[str, int]]:
        headers: dict[str, str] = {}
        while not stop:
            reply = three.position(2, class_id, **headers)
            if reply.status_code == 200:
                headers = {"if_none_match": reply.headers["ETag"]}
            yield reply.headers["ETag"], reply.status_code

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(lambda: list(refresh())) for _ in range(4)]
        for _ in range(60):
            before = three.position(2, class_id)
            three.enroll(3, class_id)
            between = three.position(2, class_id, if_none_match=before.headers["ETag"])
            assert (between.status_code, between.json()["length"]) == (200, 2)
            three.leave(3, class_id)
            after = three.position(2, class_id, if_modified_since=between.headers["Last-Modified"])
            assert (after.status_code, after.json()["length"]) == (200, 1)
        stop = True
        seen = [pair for reader in readers for pair in reader.result(30)]
    assert {status for _, status in seen} <= {200, 304}


def test_a_refresh_is_guarded_like_every_other_request(world: World, calls: Caller, class_id: int) -> None:
    guarded = world.start_service(GATEWAY_SECRET="0123456789abcdef0123456789abcdef")
    with closing(Caller(guarded)) as stranger:
        refused = stranger.position(3, class_id)
        assert refused.status_code in (401, 403)
        assert "etag" not in refused.headers
