"""The processes that hash passwords: they give way, are replaced when they end, and end with their service."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from kit.concurrency import deadline
from tests.support.waiting import until
from users.adapters.hashing_processes import NICENESS, HashingProcesses
from users.domain.errors import TooBusy
from users.service.passwords import Passwords


@pytest.fixture
def processes() -> Iterator[HashingProcesses]:
    with closing(HashingProcesses(memory_kib=8, rounds=1)) as some:
        yield some


@pytest.fixture
def passwords(processes: HashingProcesses) -> Passwords:
    return Passwords(hasher=lambda *_: processes)


def children() -> set[int]:
    """The hashing processes of this one."""
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return {int(line.split()[0]) for line in found.stdout.splitlines() if "hashing_processes" in line}


def test_they_hash_and_compare(passwords: Passwords) -> None:
    kept = passwords.hash("correct horse")
    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert passwords.matches(kept, "correct horse")
    assert not passwords.matches(kept, "wrong horse")
    assert not passwords.matches("not a hash", "correct horse")
    assert not passwords.matches(None, "no account has this hash")


def test_they_give_way_by_five_steps_and_so_does_their_session(passwords: Passwords) -> None:
    passwords.hash("correct horse")
    [pid] = children()
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, own + NICENESS)
    assert os.getsid(pid) == pid
    group = Path(f"/proc/{pid}/autogroup")
    if group.exists():
        assert group.read_text().split()[-1] == str(min(19, own + NICENESS))


def test_one_that_is_killed_is_replaced_and_nobody_notices(passwords: Passwords) -> None:
    kept = passwords.hash("correct horse")
    [pid] = children()
    os.kill(pid, signal.SIGKILL)
    assert passwords.matches(kept, "correct horse")
    assert children().isdisjoint({pid})


def test_one_that_stands_still_keeps_nobody_beyond_the_deadline(passwords: Passwords) -> None:
    kept = passwords.hash("correct horse")
    [pid] = children()
    os.kill(pid, signal.SIGSTOP)
    with deadline.until(time.monotonic() + 0.1), pytest.raises(TooBusy):
        passwords.matches(kept, "correct horse")
    os.kill(pid, signal.SIGCONT)
    assert passwords.matches(kept, "correct horse")


def test_each_thread_has_one_of_its_own(processes: HashingProcesses) -> None:
    together = Barrier(3)

    def hash_beside_others(password: str) -> str:
        together.wait(10)
        return processes.hash(password)

    with ThreadPoolExecutor(3) as threads:
        assert len(set(threads.map(hash_beside_others, ["correct horse"] * 3))) == 3
    assert len(children()) == 3


def test_they_end_when_the_service_is_killed() -> None:
    service = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from users.adapters.hashing_processes import HashingProcesses\n"
            "one = HashingProcesses(8, 1); one.hash('a'); print(one._of.process.pid, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        os.kill(pid, 0)
        service.kill()
        service.wait()
    until(lambda: not runs(pid), "it goes on without a service")


def runs(pid: int) -> bool:
    """Nobody may be there to take what a process without a parent leaves: it has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False
