"""HAProxy while it is operated: keys that come, change and go, a restart under load, its metrics and its lines."""

import json
import os
import signal
import time
from pathlib import Path

import httpx
import psutil
import pytest
from joserfc.jwk import RSAKey

from tests.integration.gateway.running import KEY, Gateway, bearer, jwks, new_key, running, token
from tests.integration.gateway.test_haproxy_failures import metrics
from tests.support.http import TLS
from tests.support.load import Connections, Load
from tests.support.waiting import until

LIST = "/student/list"


def status_with(gateway: Gateway, key: RSAKey) -> int:
    return gateway.request("GET", LIST, headers=bearer(token(key))).status_code


def test_without_any_key_tokens_are_503_and_never_401_until_keys_come(folder: Path) -> None:
    with running(folder, keys=()) as gateway:
        until(lambda: "krakend" in gateway.log() or _answers(gateway))
        for headers in (bearer(), {}):
            reply = gateway.request("GET", LIST, headers=headers)
            assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
            assert "keys" in reply.json()["detail"]
        assert gateway.request("GET", "/__health").status_code == 503
        assert gateway.request("GET", "/docs").status_code == 200, "what needs no token works"
        assert gateway.request("POST", "/user/login", content=b"{}").status_code == 200
        gateway.users.jwks = jwks(KEY)
        until(lambda: status_with(gateway, KEY) == 200, timeout_s=10)
        assert gateway.is_ready()


def _answers(gateway: Gateway) -> bool:
    try:
        return gateway.request("GET", LIST).status_code > 0
    except OSError:
        return False


def test_a_start_while_users_is_away_takes_the_keys_of_before(folder: Path) -> None:
    with running(folder):
        pass
    with running(folder, keys=()) as gateway:
        until(gateway.is_ready)
        assert status_with(gateway, KEY) == 200


@pytest.mark.parametrize("nonsense", [None, {}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA", "kid": "x"}]}, [1]])
def test_good_tokens_stay_good_while_users_is_away_or_publishes_nonsense(folder: Path, nonsense: object) -> None:
    with running(folder) as gateway:
        gateway.users.jwks = nonsense  # type: ignore[assignment]
        until(lambda: "no keys from the users service" in gateway.log() or not nonsense, timeout_s=10)
        assert status_with(gateway, KEY) == 200
        gateway.users.close()
        until(lambda: "no keys from the users service" in gateway.log(), timeout_s=10)
        assert status_with(gateway, KEY) == 200
        assert gateway.log().count("no keys from the users service") == 1, "said once, not every two seconds"


def test_keys_rotate_under_load_without_a_failed_request(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(folder) as gateway:
        connections, load, signing = Connections(gateway.process.port), Load(), [KEY]

        def call() -> None:
            for method, path in (("GET", "/student/waitlist/4"), ("POST", "/student/enroll/4")):
                reply = load.ask(connections, method, path, Authorization=f"Bearer {token(signing[-1])}")
                assert reply is None or reply.status == 200, reply.body

        with load.by(*[call] * 6):
            for _ in range(3):
                load.wait_for(50)
                new = new_key()
                gateway.users.jwks = jwks(signing[-1], new)
                until(lambda new=new: status_with(gateway, new) == 200, timeout_s=10)
                # Users signs with a key only minutes later; here it is enough that the worker before has left.
                until(lambda: _workers(gateway) == 1, timeout_s=30)
                signing.append(new)
                load.wait_for(50)
        connections.close()
        with capsys.disabled():
            print(f"\nthree key rotations under load: {load}")
        assert load.failed == []
        assert [status_with(gateway, key) for key in signing] == [401, 401, 200, 200]
        assert len(list((folder / "gateway").glob("key-*.pem"))) == 2


def _workers(gateway: Gateway) -> int:
    programs = [child.name() for child in psutil.Process(gateway.process.pid).children(recursive=True)]
    return programs.count("haproxy") - 1  # beside their master


def test_a_token_that_was_good_is_401_once_it_expires(gateway: Gateway) -> None:
    """What passed once is remembered by its hash, and no longer than it is good."""
    headers = bearer(token(exp=int(time.time()) + 2))
    assert [gateway.request("GET", LIST, headers=headers).status_code for _ in range(3)] == [200, 200, 200]
    until(lambda: gateway.request("GET", LIST, headers=headers).status_code == 401, timeout_s=5)


def test_a_token_that_was_good_is_401_once_its_key_is_gone(folder: Path) -> None:
    other = new_key()
    with running(folder, keys=(KEY, other)) as gateway:
        headers = bearer()
        assert [gateway.request("GET", LIST, headers=headers).status_code for _ in range(3)] == [200, 200, 200]
        gateway.users.jwks = jwks(other)
        until(lambda: gateway.request("GET", LIST, headers=headers).status_code == 401, timeout_s=10)
        assert status_with(gateway, other) == 200


def test_a_token_that_ends_beyond_what_is_remembered_is_good_all_the_same(gateway: Gateway) -> None:
    headers = bearer(token(exp=2**32 + 1))
    assert [gateway.request("GET", LIST, headers=headers).status_code for _ in range(3)] == [200, 200, 200]


def test_it_is_renewed_under_load_without_a_failed_request(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(folder) as gateway:
        connections, load = Connections(gateway.process.port), Load()

        def call() -> None:
            reply = load.ask(connections, "POST", "/student/enroll/4", **bearer())
            assert reply is None or reply.status == 200, reply.body

        def call_anew() -> None:
            own = Connections(gateway.process.port)
            reply = load.ask(own, "GET", "/student/waitlist/4", **bearer())
            assert reply is None or reply.status == 200, reply.body
            own.close()

        with load.by(*[call] * 4, *[call_anew] * 2):
            for _ in range(2):
                load.wait_for(100)
                old = gateway.process.pid
                gateway.process.renew()
                assert gateway.process.pid != old
            load.wait_for(100)
        connections.close()
        with capsys.disabled():
            print(f"\ntwo renewals of HAProxy under load: {load}")
        assert load.failed == []


def test_killed_it_is_back_soon_and_who_connects_meanwhile_waits(folder: Path) -> None:
    with running(folder) as gateway:
        os.kill(gateway.process.pid, signal.SIGKILL)

        def is_back() -> bool:
            """Never refused; a 503 of the supervisor where the next process takes longer than 2 s."""
            try:
                return status_with(gateway, KEY) == 200
            except (httpx.ReadError, httpx.RemoteProtocolError):
                return False  # it had the connection that was killed

        until(is_back, timeout_s=15)


def test_what_it_keeps_is_for_its_owner_alone(gateway: Gateway) -> None:
    folder = gateway.process.folder / "gateway"
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "haproxy.cfg").stat().st_mode & 0o077 == 0


def test_its_metrics_can_be_scraped(gateway: Gateway) -> None:
    gateway.request("GET", LIST, headers=bearer())
    text = metrics(gateway)
    for name in ("haproxy_frontend_http_responses_total", "haproxy_server_status", "haproxy_backend_response_time"):
        assert name in text
    assert KEY.kid not in text


def test_what_supplies_it_with_keys_says_how_that_goes(folder: Path) -> None:
    with running(folder, keys=()) as gateway:

        def said(path: str) -> httpx.Response:
            return httpx.get(gateway.own_url + path, trust_env=False, verify=TLS)

        def has(line: str) -> bool:
            return line in said("/metrics").text.splitlines()

        until(lambda: _answers(gateway))
        assert has("gateway_keys 0.0")
        assert (said("/health/live").status_code, said("/health/ready").status_code) == (200, 503)
        gateway.users.jwks = jwks(KEY)
        until(lambda: has('gateway_key_changes_total{outcome="used"} 1.0'))
        assert has("gateway_keys 1.0")
        assert said("/health/ready").status_code == 200
        assert [key["kid"] for key in said("/jwks.json").json()["keys"]] == [KEY.kid]
        assert said("/nothing").status_code == 404
        gateway.process.renew()
        until(lambda: has('gateway_key_changes_total{outcome="used"} 0.0'), "the new one took the port over")


def test_a_request_is_a_line_of_json_without_secrets(folder: Path) -> None:
    with running(folder, GATEWAY_ACCESS_LOG="all") as gateway:
        text = token()
        gateway.request("GET", '/student/waitlist/4?page=secret"', headers=bearer(text))
        gateway.request("GET", '/no"where', headers=bearer(text))
        gateway.raw(b"GARBAGE\r\n\r\n", timeout_s=2)
        until(lambda: len(_lines(gateway)) >= 2)
        first, second, *_ = _lines(gateway)
        assert {name: first[name] for name in ("user", "method", "path", "route", "status", "server", "client")} == {
            "user": "17",
            "method": "GET",
            "path": "/student/waitlist/4",
            "route": "/student/waitlist/{classid}",
            "status": 200,
            "server": first["server"],
            "client": "127.0.0.1",
        }
        assert first["server"].startswith("enrollment/s")
        assert first["ms"] >= 0
        assert (second["status"], second["route"]) == (404, "-")
        for secret in (text.split(".")[2], "s" * 32, "page=secret"):
            assert secret not in gateway.log()


def _lines(gateway: Gateway) -> list[dict[str, object]]:
    """Of everything but what waited for the gateway to serve."""
    lines = [json.loads(line) for line in gateway.log().splitlines() if line.startswith("{")]
    return [line for line in lines if line["path"] != "/__health"]


def test_errors_only_means_no_line_for_what_went_well(folder: Path) -> None:
    with running(folder, GATEWAY_ACCESS_LOG="errors") as gateway:
        gateway.request("GET", LIST, headers=bearer())
        gateway.notification.close()
        gateway.request("GET", "/student/subscribe/list", headers=bearer())
        until(lambda: _lines(gateway))
        assert [line["status"] for line in _lines(gateway)] == [503]


@pytest.mark.parametrize("kid", ["-begins-like-an-option", "--", "_", "-m"])
def test_a_key_may_be_called_whatever_a_key_id_can_be(folder: Path, kid: str) -> None:
    """One in 64 thumbprints begins with a hyphen, which HAProxy takes for an option of its own."""
    key = RSAKey.import_key(
        {**RSAKey.generate_key(2048).as_dict(private=True), "kid": kid, "use": "sig", "alg": "RS256"}
    )
    with running(folder, keys=(key,)) as gateway:
        assert status_with(gateway, key) == 200
        assert status_with(gateway, new_key()) == 401
