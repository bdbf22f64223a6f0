"""KrakenD while it is operated: keys that change, a renewal under load. Skipped where it cannot be had."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.integration.gateway.running import KEY, Gateway, bearer, jwks, new_key, running, token
from tests.support.load import Connections, Load
from tests.support.processes import ROOT, runs
from tests.support.waiting import until

LIST = "/student/list"


def has_krakend() -> bool:
    look = "source bin/support/versions.bash; find_krakend"
    return subprocess.run([shutil.which("bash") or "bash", "-c", look], cwd=ROOT, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not has_krakend(), reason="no KrakenD can be had here; bin/setup has said why")


def calls(gateway: Gateway, load: Load, connections: Connections, signing: list[str]) -> None:
    for method, path in (("GET", "/student/waitlist/4"), ("POST", "/student/enroll/4")):
        reply = load.ask(connections, method, path, Authorization=f"Bearer {signing[-1]}")
        assert reply is None or reply.status == 200, (reply, gateway.log()[-500:])


def test_keys_rotate_under_load_without_a_failed_request(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(folder, gateway="krakend") as gateway:
        connections, load, signing, keys = Connections(gateway.process.port), Load(), [token()], [KEY]
        with load.by(*[lambda: calls(gateway, load, connections, signing)] * 6):
            for _ in range(2):
                load.wait_for(50)
                keys.append(new_key())
                gateway.users.jwks = jwks(*keys[-2:])
                until(lambda: f'"{keys[-1].kid}"' in gateway.published(), timeout_s=10)
                signing.append(token(keys[-1]))
                load.wait_for(50)
        connections.close()
        with capsys.disabled():
            print(f"\ntwo key rotations of KrakenD under load: {load}")
        assert load.failed == []
        statuses = [gateway.request("GET", LIST, headers=bearer(token(key))).status_code for key in keys]
        assert statuses[1:] == [200, 200], "of the first it may keep the key for some seconds"


def test_a_start_while_users_is_away_takes_the_keys_of_before(folder: Path) -> None:
    """KrakenD asks the runner for them, never users itself."""
    with running(folder, gateway="krakend"):
        pass
    with running(folder, keys=(), gateway="krakend") as gateway:
        gateway.users.close()
        until(gateway.is_ready, timeout_s=60)
        assert gateway.request("GET", LIST, headers=bearer()).status_code == 200
        assert gateway.request("GET", LIST, headers=bearer(token(new_key()))).status_code == 401


def test_it_dies_with_the_runner_that_gives_it_keys(folder: Path) -> None:
    """Left alone for only as long as the supervisor takes to see it, it would refuse good tokens."""
    with running(folder, gateway="krakend") as gateway:
        [krakend] = psutil.Process(gateway.process.pid).children()
        gateway.process.popen.send_signal(signal.SIGSTOP)
        try:
            os.kill(gateway.process.pid, signal.SIGKILL)
            until(lambda: not runs(krakend.pid), "KrakenD goes on alone")
        finally:
            gateway.process.popen.send_signal(signal.SIGCONT)


def test_a_renewal_refuses_for_as_long_as_it_takes_to_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(folder, gateway="krakend") as gateway:
        load, missed = Load(), list[float]()

        def call() -> None:
            own = Connections(gateway.process.port)
            if load.ask(own, "GET", LIST, **bearer()) is None:
                missed.append(time.monotonic())
            own.close()
            time.sleep(0.01)

        with load.by(*[call] * 4):
            load.wait_for(50)
            gateway.process.renew()
            until(gateway.is_ready, timeout_s=60)
            load.wait_for(50)
        with capsys.disabled():
            print(f"\na renewal of KrakenD under load: {load}, within {max(missed) - min(missed):.2f} s")
        unanswered = [failure for failure in load.failed if not re.search("Refused|Reset|RemoteDisconnected", failure)]
        assert unanswered == [], "a connection that it took, and closed, is one that clients try again"


def test_a_reply_that_comes_at_once_is_whole(folder: Path) -> None:
    """With a length, one of some thousand had none of its body: a race in KrakenD, which chunks do not have."""
    body = {"username": "nobody"}
    with running(folder, gateway="krakend") as gateway:
        connections, load = Connections(gateway.process.port), Load()

        def call() -> None:
            reply = load.ask(connections, "POST", "/user/login", body)
            assert reply is None or json.loads(reply.body)["body"] == json.dumps(body)

        with load.by(*[call] * 6):
            load.wait_for(1_000)
        connections.close()
        assert load.failed == []
        assert {asked["headers"].get("transfer-encoding") for asked in gateway.users.seen} == {"chunked"}
