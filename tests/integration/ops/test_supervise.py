"""bin/support/supervise: what it runs comes back when it dies, and never stays behind."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes import ROOT, close, end_all, processes_of, read_pid, runs, stop
from tests.support.waiting import until

Supervise = Callable[..., "subprocess.Popen[str]"]
NAME = "sleeper.1"


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    """Starts the supervisor on a command, as honcho would; its state is in tmp_path."""

    def start(*words: str, name: str = NAME) -> "subprocess.Popen[str]":
        environment = {**os.environ, "VAR_DIR": str(tmp_path), "HONCHO_PROCESS_NAME": name}
        popen = subprocess.Popen(
            [ROOT / "bin/support/supervise", *words], env=environment, stdout=subprocess.PIPE, text=True
        )
        started.append(popen)
        until(lambda: read_pid(tmp_path, name) > 0, f"{words} started")
        return popen

    started: list[subprocess.Popen[str]] = []
    yield start
    for popen in started:
        close(popen)
    end_all(tmp_path)


def test_a_killed_command_is_started_again(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("sleep", "600")
    first = read_pid(tmp_path, NAME)
    os.kill(first, signal.SIGKILL)
    until(lambda: read_pid(tmp_path, NAME) not in (0, first), "a second sleep")
    assert stop(supervisor, signal.SIGTERM) == 0
    assert supervisor.communicate()[0] == (
        f"supervisor: {NAME} (pid {first}) was ended by SIGKILL; starting it again in 1 s\n"
    )


def test_sighup_ends_the_command_and_starts_it_again_at_once(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("sleep", "600")
    first = read_pid(tmp_path, NAME)
    supervisor.send_signal(signal.SIGHUP)
    until((tmp_path / "pids" / f"{NAME}.renewal").exists, "the renewal")
    assert read_pid(tmp_path, NAME) != first
    assert not runs(first)
    assert runs(read_pid(tmp_path, NAME))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_requested_stop_ends_command_and_supervisor_with_status_0(
    supervise: Supervise, tmp_path: Path, number: signal.Signals
) -> None:
    supervisor = supervise("sleep", "600")
    assert stop(supervisor, number) == 0
    assert processes_of(tmp_path) == []


def test_a_stop_while_waiting_to_start_again_is_obeyed_at_once(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("false")
    assert supervisor.stdout is not None
    until(lambda: "in 4 s" in supervisor.stdout.readline(), "the third start fails")
    assert stop(supervisor, signal.SIGTERM, timeout_s=3.5) == 0


def test_the_command_dies_with_a_killed_supervisor(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("sleep", "600")
    assert stop(supervisor, signal.SIGKILL) == -signal.SIGKILL
    until(lambda: processes_of(tmp_path) == [], "sleep is gone")


def test_a_disk_that_fills_up_stops_nothing_and_the_pid_file_follows_when_there_is_room(
    supervise: Supervise, tmp_path: Path
) -> None:
    supervisor = supervise("sleep", "600")
    first = read_pid(tmp_path, NAME)
    limit_file_size(supervisor, 0)
    os.kill(first, signal.SIGKILL)
    assert supervisor.stdout is not None
    assert "was ended by SIGKILL" in supervisor.stdout.readline()
    assert f"cannot write {tmp_path}/pids/{NAME}.pid: File too large" in supervisor.stdout.readline()
    second = until(lambda: other_sleep(supervisor, than=first), "a second sleep")
    assert read_pid(tmp_path, NAME) == first
    limit_file_size(supervisor, resource.RLIM_INFINITY)
    until(lambda: read_pid(tmp_path, NAME) == second, "its number is written")
    assert stop(supervisor, signal.SIGTERM) == 0


def test_a_full_disk_at_the_start_stops_nothing(supervise: Supervise, tmp_path: Path) -> None:
    limit = ["prlimit", "--fsize=0", str(ROOT / "bin/support/supervise"), "sleep", "600"]
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "HONCHO_PROCESS_NAME": NAME}
    supervisor = subprocess.Popen(limit, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        until(lambda: other_sleep(supervisor), "sleep runs")
        assert stop(supervisor, signal.SIGTERM) == 0
    finally:
        close(supervisor)


@pytest.mark.parametrize(
    "break_it", [Path.unlink, lambda command: command.chmod(0o600)], ids=["gone", "not executable"]
)
def test_a_command_that_is_absent_for_a_moment_is_started_when_it_is_back(
    supervise: Supervise, tmp_path: Path, break_it: Callable[[Path], None]
) -> None:
    command = install(tmp_path / "command")
    supervisor = supervise(str(command))
    first = read_pid(tmp_path, NAME)
    break_it(command)
    os.kill(first, signal.SIGKILL)
    said = [supervisor.stdout.readline() for _ in range(2)] if supervisor.stdout else []
    assert f"supervisor: {NAME} cannot be started: " in said[1]
    install(command)
    until(lambda: read_pid(tmp_path, NAME) != first, "the command is back")
    assert stop(supervisor, signal.SIGTERM) == 0


def test_a_renewal_whose_command_is_absent_is_reported_and_repeated(supervise: Supervise, tmp_path: Path) -> None:
    command = install(tmp_path / "command")
    supervisor = supervise(str(command))
    first = read_pid(tmp_path, NAME)
    command.unlink()
    supervisor.send_signal(signal.SIGHUP)
    renewal = tmp_path / "pids" / f"{NAME}.renewal"
    until(renewal.exists, "the renewal")
    assert "cannot be started" in renewal.read_text()
    install(command)
    until(lambda: read_pid(tmp_path, NAME) != first, "the command is back")
    assert stop(supervisor, signal.SIGTERM) == 0


def install(command: Path) -> Path:
    command.write_text("#!/bin/sh\nexec sleep 600\n")
    command.chmod(0o700)
    return command


def limit_file_size(popen: "subprocess.Popen[str]", size: int) -> None:
    """With 0 every write to a file fails, as on a full disk, but for the name of the error."""
    resource.prlimit(popen.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def other_sleep(popen: "subprocess.Popen[str]", than: int = 0) -> int:
    """The pid of another running sleep than this one, 0 if there is none."""
    assert popen.poll() is None, "the supervisor has ended"
    sleeps = [child.pid for child in psutil.Process(popen.pid).children() if child.name() == "sleep"]
    return next((pid for pid in sleeps if pid != than and runs(pid)), 0)


def test_what_the_command_started_ends_with_it(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("sh", "-c", "sleep 600 & sleep 601")
    until(lambda: len(processes_of(tmp_path)) == 4, "supervise, sh and two sleeps")
    assert stop(supervisor, signal.SIGTERM) == 0
    assert processes_of(tmp_path) == []


def test_the_last_stay_until_the_others_are_gone(supervise: Supervise, tmp_path: Path) -> None:
    store = supervise("--last", "sleep", "600", name="store.1")
    service = supervise("sh", "-c", "trap 'sleep 1; exit' TERM; while :; do sleep 0.05; done", name="service.1")
    began = time.monotonic()
    for popen in (store, service):
        popen.terminate()
    assert service.wait(10) == 0
    assert runs(read_pid(tmp_path, "store.1")) or time.monotonic() - began >= 1
    assert store.wait(10) == 0
    assert 1 <= time.monotonic() - began < 5
