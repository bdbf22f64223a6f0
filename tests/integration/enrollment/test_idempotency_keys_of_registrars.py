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
