"""bin/restart, where there is nothing to renew or the new process fails. What it does on a system is in tests/e2e."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes import ROOT, end_all
from tests.support.supervised import Supervised, supervise
from tests.support.waiting import until

SERVE = "exec python -m kit.web.serve tests.integration.ops.small_service:create_app"


def restart(data: Path, *names: str) -> "subprocess.CompletedProcess[str]":
    command = [ROOT / "bin/restart", "--data", data, *names]
    return subprocess.run(command, text=True, capture_output=True, timeout=60)


@pytest.fixture
def users(tmp_path: Path) -> Iterator[Supervised]:
    """As far as bin/restart can tell, a system of one process; once the file `broken` is there, no other can start."""
    programs = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command: list[str | Path] = ["sh", "-c", f"[ ! -e {tmp_path}/broken ] || exit 3; {SERVE}"]
    with (tmp_path / "lock").open("w") as lock, supervise(tmp_path, command, programs, name="users.1") as supervised:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # From here on it has looked for `broken`.
        until(lambda: psutil.Process(supervised.pid).name() != "sh", "the service runs")
        yield supervised
    end_all(tmp_path)


def test_it_says_what_it_renewed(users: Supervised, tmp_path: Path) -> None:
    old = users.pid
    ended = restart(tmp_path, "users")
    assert ended.returncode == 0, ended.stderr
    assert f"users.1 renewed (pid {old} → {users.pid})\n" in ended.stdout
    assert "\033" not in ended.stdout


def test_a_new_process_that_fails_is_said_and_the_old_one_still_serves(users: Supervised, tmp_path: Path) -> None:
    old = users.pid
    (tmp_path / "broken").touch()
    ended = restart(tmp_path)
    assert ended.returncode == 1
    assert "users.1 was not renewed: users.1 (pid" in ended.stderr
    assert f"ended with status 3. The old one (pid {old}) goes on." in ended.stderr
    assert f"{tmp_path}/log/system.log" in ended.stderr
    assert users.pid == old
    assert len(users.processes()) == 1


@pytest.mark.parametrize("name", ["redis", "gateway", "enrollment", "user", "users.2"])
def test_what_can_not_be_renewed_is_named_with_what_can(users: Supervised, tmp_path: Path, name: str) -> None:
    old = users.pid
    ended = restart(tmp_path, "users", name)
    assert ended.returncode == 2
    assert ended.stderr == f"{name} cannot be renewed, or does not run. There are users.\n"
    assert users.pid == old


def test_without_a_running_system_it_says_so(tmp_path: Path) -> None:
    ended = restart(tmp_path)
    assert ended.returncode == 2
    assert f"No system runs on {tmp_path}." in ended.stderr
