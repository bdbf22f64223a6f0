"""bin/start: refuses clearly, survives the death of a process, and leaves nothing behind.

With Redis and the mail server alone: they start at once, and how many there are makes no difference here.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes import ROOT, close, end_all, processes_of, read_pid, runs, stop
from tests.support.waiting import until

Start = Callable[..., "subprocess.Popen[str]"]
KEPT = ("redis", "aiosmtpd")
PROCFILE = [line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()]
# The system the other tests run against moves its ports by a multiple of 1000.
BASE_PORT = 20123
REDIS_PORT = BASE_PORT - 5000 + 6379
SMTP_PORT = BASE_PORT - 5000 + 8025


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    def run(*options: str, data: Path = tmp_path) -> "subprocess.Popen[str]":
        words = [ROOT / "bin/start", *(f"--without={name}" for name in PROCFILE if name not in KEPT)]
        popen = subprocess.Popen(
            [*words, "--base-port", str(BASE_PORT), "--data", data, *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append(popen)
        return popen

    started: list[subprocess.Popen[str]] = []
    yield run
    for popen in started:
        close(popen)
    end_all(tmp_path)


def read_until(popen: "subprocess.Popen[str]", text: str) -> str:
    """The output up to the line with the text in it; the test's own time-out ends a wait in vain."""
    assert popen.stdout is not None
    output = ""
    for line in popen.stdout:
        output += line
        if text in line:
            return output
    raise AssertionError(f"ended without {text!r}:\n{output}")


def test_it_says_when_all_is_ready_and_sigterm_stops_everything(start: Start, tmp_path: Path) -> None:
    system = start()
    output = read_until(system, "The system is ready")
    assert "redis.1 is ready" in output
    assert "aiosmtpd.1 is ready" in output
    assert stop(system, signal.SIGTERM) == 0
    assert processes_of(tmp_path) == []


def test_a_second_ctrl_c_changes_nothing(start: Start, tmp_path: Path) -> None:
    system = start()
    read_until(system, "The system is ready")
    system.send_signal(signal.SIGINT)
    assert stop(system, signal.SIGINT) == 0
    assert processes_of(tmp_path) == []


def test_stopped_while_it_starts_it_leaves_nothing_behind(start: Start, tmp_path: Path) -> None:
    system = start()
    read_until(system, "starting everything")
    assert stop(system, signal.SIGTERM) == 0
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("who", ["bin/start", "honcho"])
def test_nothing_is_left_when_it_is_killed(start: Start, tmp_path: Path, who: str) -> None:
    system = start()
    read_until(system, "The system is ready")
    if who == "bin/start":
        stop(system, signal.SIGKILL)
    else:
        (honcho,) = psutil.Process(system.pid).children()
        honcho.kill()
        assert system.wait(15) == 1
        assert "honcho ended by itself" in system.communicate()[0]
    until(lambda: processes_of(tmp_path) == [], "all processes gone", timeout_s=15)


def test_a_killed_process_comes_back_with_what_it_had_answered(start: Start, tmp_path: Path) -> None:
    system = start()
    read_until(system, "The system is ready")
    assert ask_redis("SET subscription:4 kept") == "+OK"
    first = read_pid(tmp_path, "redis.1")
    os.kill(first, signal.SIGKILL)
    until(lambda: ask_redis("GET subscription:4") == "kept", "Redis is back")
    assert read_pid(tmp_path, "redis.1") != first
    assert system.poll() is None


def ask_redis(command: str) -> str | None:
    """The last line of the reply; None when nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", REDIS_PORT), timeout=1) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(1000).decode().strip().splitlines()[-1]
    except (OSError, IndexError):
        return None


def test_a_taken_port_is_named_with_its_process_and_nothing_starts(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", SMTP_PORT)):
        system = start()
        output = system.communicate(timeout=20)[0]
    assert system.returncode == 1
    assert "Nothing was started" in output
    assert f"port {SMTP_PORT} (for the mail server) is taken by process {os.getpid()}: " in output
    assert "--base-port" in output
    assert {path.name for path in tmp_path.iterdir()} == {"lock"}


def test_a_second_start_on_the_same_folder_is_refused(start: Start, tmp_path: Path) -> None:
    first = start()
    read_until(first, "The system is ready")
    second = start("--fresh")
    output = second.communicate(timeout=20)[0]
    assert second.returncode == 1
    assert f"A system runs on {tmp_path} already, started by process {first.pid}." in output
    assert runs(read_pid(tmp_path, "redis.1"))


def test_fresh_forgets_the_data_and_touches_nothing_else(start: Start, tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "old").touch()
    (tmp_path / "notes").write_text("mine")
    system = start("--fresh")
    read_until(system, "The system is ready")
    assert not (tmp_path / "redis" / "old").exists()
    assert (tmp_path / "notes").read_text() == "mine"


def test_a_command_runs_against_the_system_and_its_status_is_the_result(start: Start, tmp_path: Path) -> None:
    system = start("--", "sh", "-c", "echo redis on $REDIS_PORT; exit 7")
    assert f"redis on {REDIS_PORT}\n" in system.communicate(timeout=60)[0]
    assert system.returncode == 7
    assert processes_of(tmp_path) == []
