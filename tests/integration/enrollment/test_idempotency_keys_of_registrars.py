"""`Idempotency-Key` with what registrars do: classes are added, changed and removed once."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from tests.support.caller import Caller
from tests.support.campus import Campus
from tests.support.keyed_request import Request, is_replayed, new_key, said
from tests.support.world import Process, World


def test_what_they_do_is_repeated_word_for_word_at_any_instance(world: World, three: Caller) -> None:
    class_id = world.add_class(capacity=1, places=5)
    deeds = [
        Request("PUT", f"/state/{class_id}/inactive"),
        Request("PUT", f"/capacity/{class_id}/3/4"),
        Request("DELETE", f"/remove/{class_id}"),
    ]
    keys = [new_key() for _ in deeds]
    firsts = [said(deed.send(three, key)) for deed, key in zip(deeds, keys, strict=True)]
    assert {status for status, _ in firsts} == {200}
    for deed, key, first in zip(deeds, keys, firsts, strict=True):
        for _ in range(3):
            again = deed.send(three, key)
            assert (said(again), is_replayed(again)) == (first, True)
    assert three.remove(class_id)[0] == 404


@pytest.fixture(scope="module")
def with_users(world: World) -> Iterator[tuple[Process, str]]:
    """An instance whose users service, somebody else's, knows every instructor."""

    class Users(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"id": 5, "username": "x", "email": "x@example.com", "roles": ["instructor"]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Users)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield world.start_service(USERS_URL=url, REPLY_WITHIN_S="20"), url
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_class_is_added_once_also_after_a_crash(world: World, with_users: tuple[Process, str]) -> None:
    process, users = with_users
    add = Request("POST", f"/add/1/KEY {uuid.uuid4().hex[:6]}/A Class/Tests/5/3/active/4")
    key = new_key()
    doomed = world.start_service(FAULT_POINT="class.added", USERS_URL=users)
    with closing(Caller(doomed)) as caller, pytest.raises(httpx.TransportError):
        add.send(caller, key)
    with closing(Caller(process)) as caller:
        again = add.send(caller, key)
        assert (again.status_code, is_replayed(again)) == (200, True), again.text
        assert said(add.send(caller, key)) == said(again)
        assert add.send(caller, new_key()).status_code == 409
        with ThreadPoolExecutor(8) as pool:
            other, other_key = Request("POST", add.path.replace("/add/1/", "/add/2/")), new_key()
            replies = list(pool.map(lambda _: other.send(caller, other_key), range(8)))
        ids = {reply.json()["class_details"]["ClassID"] for reply in replies if reply.status_code == 200}
        assert len(ids) == 1


def test_a_removal_cut_short_says_the_same_when_it_is_sent_again(world: World, calls: Caller) -> None:
    class_id = world.add_class(capacity=1, places=5)
    assert calls.enroll(1, class_id)[0] == 200
    remove, key = Request("DELETE", f"/remove/{class_id}"), new_key()
    doomed = world.start_service(FAULT_POINT="removal.begun")
    with closing(Caller(doomed)) as caller, pytest.raises(httpx.TransportError):
        remove.send(caller, key)
    again = remove.send(calls, key)
    assert again.status_code in (200, 202), again.text
    assert said(remove.send(calls, key)) == said(again)


def test_with_bodies_too_and_a_class_that_was_added_is_where_it_was_said_to_be(world: World, three: Caller) -> None:
    class_id, student = world.add_class(capacity=1, places=5), 4
    body = {"course_code": f"KEY {uuid.uuid4().hex[:6]}", "section_number": 1, "class_name": "A", "department": "B"}
    body |= {"instructor_id": 5, "max_capacity": 2, "waitlist_maximum": 0}
    deeds = [
        Request("POST", f"/students/{class_id}/{student}"),
        Request("DELETE", f"/students/{class_id}/{student}"),
        Request("PATCH", f"/classes/{class_id}", {"max_capacity": 2}),
        Request("POST", "/classes", body),
        Request("POST", "/uploads/classes", {"classes": [{**body, "section_number": 2}, {"course_code": "X"}]}),
    ]
    keys = [new_key() for _ in deeds]
    firsts = [deed.send(three, key) for deed, key in zip(deeds, keys, strict=True)]
    assert [first.status_code for first in firsts] == [200, 200, 200, 201, 200]
    for deed, key, first in zip(deeds, keys, firsts, strict=True):
        for _ in range(3):
            again = deed.send(three, key)
            assert (said(again), is_replayed(again)) == (said(first), True)
            assert again.headers.get("Location") == first.headers.get("Location")
    for key in keys:  # also of an upload, of which no command has kept an outcome
        assert Request("POST", f"/students/{class_id}/9").send(three, key).status_code == 422
    added = firsts[3].json()["class_details"]["ClassID"]
    assert firsts[3].headers["Location"] == f"classes/{added}"
    assert [each["outcome"] for each in firsts[4].json()["results"]] == ["added", "bad"]
    assert world.seated(class_id) == []
    world.check(class_id)


def test_a_class_in_a_body_is_added_once_also_after_a_crash_and_without_its_instructor(
    world: World, with_users: tuple[Process, str], calls: Caller
) -> None:
    body = {"course_code": f"KEY {uuid.uuid4().hex[:6]}", "section_number": 1, "class_name": "A", "department": "B"}
    body |= {"instructor_id": 5, "max_capacity": 2, "waitlist_maximum": 0}
    add, key = Request("POST", "/classes", body), new_key()
    doomed = world.start_service(FAULT_POINT="class.added", USERS_URL=with_users[1])
    with closing(Caller(doomed)) as caller, pytest.raises(httpx.TransportError):
        add.send(caller, key)
    with closing(Caller(world.start_service(USERS_URL="http://127.0.0.1:1"))) as caller:
        again = add.send(caller, key)
    assert (again.status_code, is_replayed(again)) == (201, True), again.text
    class_id = again.json()["class_details"]["ClassID"]
    assert again.headers["Location"] == f"classes/{class_id}"
    assert said(add.send(calls, key)) == said(again)


def test_each_section_of_an_upload_is_done_though_all_have_one_key(world: World, here: Campus) -> None:
    """They are several changes: none of them is the whole request."""
    [student, _] = here.add_people("k0", "k1")
    classes = [world.add_class(capacity=2, places=0) for _ in range(2)]
    codes = [world.deps.rosters.require_section(class_id).course_code for class_id in classes]
    rows = [{"course_code": code, "section_number": 1, "student": "k0"} for code in codes]
    upload, key = Request("POST", "/uploads/enrollments", {"students": rows}), new_key()
    with closing(Caller(world.start_service(REPLY_WITHIN_S="20", USERS_URL=str(here.users.base_url)))) as caller:
        first = upload.send(caller, key)
        assert [each["outcome"] for each in first.json()["results"]] == ["added", "added"], first.text
        assert said(upload.send(caller, key)) == said(first)
    assert [world.seated(class_id) for class_id in classes] == [[student]] * 2
