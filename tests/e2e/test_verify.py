"""bin/verify against the running system: its table is all zeros, it leaves nothing behind, it kills only its own."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.stores.redis_client import connect
from tests.e2e import system
from tests.support.http import is_ready
from tests.support.ports import free_port
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
CAMPAIGN_S = 15
TIMEOUT_S = 200


def verify(*options: str) -> "subprocess.Popen[str]":
    command = [ROOT / "bin" / "verify", "--data", os.environ["VAR_DIR"], *options]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def outcome(popen: "subprocess.Popen[str]") -> tuple[int, str]:
    try:
        printed, complained = popen.communicate(timeout=TIMEOUT_S)
    finally:
        if popen.poll() is None:
            popen.terminate()
            popen.communicate(timeout=TIMEOUT_S)
    return popen.returncode, printed + complained


def subscriptions_left() -> list[str]:
    """Those of a campaign: their addresses begin with its name."""
    with connect(os.environ["REDIS_URL"]) as client:
        return [key for key in client.scan_iter("subscription:*") if "verify-" in str(client.get(key))]


def classes_left() -> list[str]:
    names = {listed["CourseCode"] for listed in system.answer("GET", f"{system.ENROLLMENT}/list")["Classes"]}
    return [name for name in names if name.startswith("VERIFY")]


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, dict[str, Any]]:
    """Exit status, what was printed, and the JSON of one campaign with kills."""
    file = tmp_path_factory.mktemp("verify") / "out.json"
    status, printed = outcome(
        verify("--minutes", str(CAMPAIGN_S / 60), "--faults", "kill,duplicate", "--seed", "3", "--json", str(file))
    )
    return status, printed, json.loads(file.read_text())


def test_every_column_that_must_be_zero_is_zero(campaign: tuple[int, str, dict[str, Any]]) -> None:
    status, printed, written = campaign
    assert status == 0, printed
    assert set(written["must_be_zero"].values()) == {0}
    assert len(written["must_be_zero"]) >= 8
    assert sum(written["kills"].values()) >= 2
    assert written["requests"]["200"] > 100


def test_the_table_is_printed_without_colours_where_there_is_no_terminal(
    campaign: tuple[int, str, dict[str, Any]],
) -> None:
    _, printed, _ = campaign
    assert "\033" not in printed
    for column in ("over-capacity", "lost", "overtaken", "missing notices", "duplicate notices", "stale 304s"):
        assert re.search(rf"^  {column} +0\b", printed, re.MULTILINE), printed


def test_nothing_of_a_campaign_is_left(campaign: tuple[int, str, dict[str, Any]]) -> None:
    assert subscriptions_left() == []
    assert classes_left() == []


@pytest.fixture
def unguarded_consumer() -> Iterator[None]:
    """One more that sends webhooks without claiming them first."""
    undone = {"PYTHONPATH": str(ROOT / "bin/support/verify/undone"), "UNDONE": "claim"}
    health_port = free_port()
    command = [sys.executable, "-m", "notification.consume", "webhook"]
    environment = os.environ | undone | {"HEALTH_PORT": str(health_port)}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as consumer:
        try:
            until(lambda: is_ready(f"http://127.0.0.1:{health_port}"), "it does not consume", timeout_s=20)
            yield
        finally:
            consumer.kill()


@pytest.mark.usefixtures("unguarded_consumer")
def test_a_missing_guard_is_noticed(tmp_path: Path) -> None:
    """Without the claim of a notice some of those that the broker gets twice are sent twice."""
    file = tmp_path / "out.json"
    status, printed = outcome(verify("--minutes", "0.08", "--faults", "duplicate", "--seed", "1", "--json", str(file)))
    assert status == 1, printed
    found = {column for column, count in json.loads(file.read_text())["must_be_zero"].items() if count}
    assert found == {"duplicate notices"}, printed


def test_ctrl_c_ends_with_the_table_so_far_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    popen = verify("--minutes", "5", "--faults", "none", "--json", str(file))
    until(subscriptions_left, why="the campaign did not begin")
    time.sleep(2)  # some load, so that there is a table
    popen.send_signal(signal.SIGINT)
    status, printed = outcome(popen)
    assert status == 130, printed
    assert "must be zero" in printed
    assert json.loads(file.read_text())["interrupted"]
    assert (subscriptions_left(), classes_left()) == ([], [])


def test_without_a_running_system_it_says_how_to_start_one(tmp_path: Path) -> None:
    command = [ROOT / "bin" / "verify", "--data", str(tmp_path)]
    ended = subprocess.run(command, text=True, capture_output=True, timeout=60)
    assert ended.returncode == 2
    assert f"bin/start --data {tmp_path}" in ended.stderr


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    popen = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    yield popen
    popen.kill()
    popen.wait()


def test_a_process_that_is_not_the_systems_is_never_killed(tmp_path: Path, stranger: "subprocess.Popen[bytes]") -> None:
    """A pid file may be old, and its number somebody else's by now."""
    (tmp_path / "pids").mkdir()
    (tmp_path / "pids" / "redis.1.pid").write_text(f"{stranger.pid}\n")
    attempt = f"from pathlib import Path; from verify import targets; targets.kill(Path({str(tmp_path)!r}), 'redis.1')"
    paths = f"{ROOT}:{ROOT / 'bin' / 'support'}"
    ended = subprocess.run(
        [sys.executable, "-c", attempt],
        env={**os.environ, "PYTHONPATH": paths},
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert "NotOurs" in ended.stderr
    assert stranger.poll() is None


def test_a_production_system_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.env").write_text('ENVIRONMENT="production"\n')
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [ROOT / "bin" / "verify", "--data", str(tmp_path)]
        ended = subprocess.run(command, text=True, capture_output=True, timeout=60)
    assert ended.returncode == 2
    assert "development systems only" in ended.stderr
