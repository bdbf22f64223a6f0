"""bin/support/keep-running: what it runs comes back when it dies, and never stays behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.ops.processes import ROOT, close, end_all, processes_of, read_pid, runs, stop
from tests.waiting import until

Keep = Callable[..., "subprocess.Popen[str]"]
NAME = "sleeper.1"


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keep]:
    """Starts keep-running on a command, as honcho would; its state is in tmp_path."""

    def start(*words: str, name: str = NAME) -> "subprocess.Popen[str]":
        environment = {**os.environ, "VAR_DIR": str(tmp_path), "HONCHO_PROCESS_NAME": name}
        popen = subprocess.Popen(
            [ROOT / "bin/support/keep-running", *words], env=environment, stdout=subprocess.PIPE, text=True
        )
        started.append(popen)
        until(lambda: read_pid(tmp_path, name) > 0, f"{words} started")
        return popen

    started: list[subprocess.Popen[str]] = []
    yield start
    for popen in started:
        close(popen)
    end_all(tmp_path)


def test_a_killed_command_is_started_again(keep: Keep, tmp_path: Path) -> None:
    keeper = keep("sleep", "600")
    first = read_pid(tmp_path, NAME)
    os.kill(first, signal.SIGKILL)
    until(lambda: read_pid(tmp_path, NAME) not in (0, first), "a second sleep")
    assert stop(keeper, signal.SIGTERM) == 0
    assert keeper.communicate()[0] == (
        f"keep-running: {NAME} (pid {first}) was ended by SIGKILL; starting it again in 1 s\n"
    )


def test_sighup_ends_the_command_and_starts_it_again_at_once(keep: Keep, tmp_path: Path) -> None:
    keeper = keep("sleep", "600")
    first = read_pid(tmp_path, NAME)
    keeper.send_signal(signal.SIGHUP)
    until((tmp_path / "pids" / f"{NAME}.renewal").exists, "the renewal", timeout_s=0.9)
    assert read_pid(tmp_path, NAME) != first
    assert not runs(first)
    assert runs(read_pid(tmp_path, NAME))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_requested_stop_ends_command_and_keeper_with_status_0(
    keep: Keep, tmp_path: Path, number: signal.Signals
) -> None:
    keeper = keep("sleep", "600")
    assert stop(keeper, number) == 0
    assert processes_of(tmp_path) == []


def test_a_stop_while_waiting_to_start_again_is_obeyed_at_once(keep: Keep, tmp_path: Path) -> None:
    keeper = keep("false")
    assert keeper.stdout is not None
    keeper.stdout.readline()
    assert stop(keeper, signal.SIGTERM, timeout_s=0.9) == 0


def test_the_command_dies_with_a_killed_keeper(keep: Keep, tmp_path: Path) -> None:
    keeper = keep("sleep", "600")
    assert stop(keeper, signal.SIGKILL) == -signal.SIGKILL
    until(lambda: processes_of(tmp_path) == [], "sleep is gone")


def test_what_the_command_started_ends_with_it(keep: Keep, tmp_path: Path) -> None:
    keeper = keep("sh", "-c", "sleep 600 & sleep 601")
    until(lambda: len(processes_of(tmp_path)) == 4, "keep-running, sh and two sleeps")
    assert stop(keeper, signal.SIGTERM) == 0
    assert processes_of(tmp_path) == []


def test_the_last_stay_until_the_others_are_gone(keep: Keep, tmp_path: Path) -> None:
    store = keep("--last", "sleep", "600", name="store.1")
    service = keep("sh", "-c", "trap 'sleep 1; exit' TERM; while :; do sleep 0.05; done", name="service.1")
    began = time.monotonic()
    for popen in (store, service):
        popen.terminate()
    assert service.wait(10) == 0
    assert runs(read_pid(tmp_path, "store.1")) or time.monotonic() - began >= 1
    assert store.wait(10) == 0
    assert 1 <= time.monotonic() - began < 2.4
