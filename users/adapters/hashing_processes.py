"""Argon2id in processes that give way: a hash keeps a core busy for 20 ms, and everything else wants one for much less.

A thread's niceness counts only within its session where the kernel shares the processors out by session (sched(7), "The
autogroup feature"), as Linux mostly does. So each process has a session of its own and lowers that, too: by five steps,
with which it gets a third of what each of the others gets where all want a core. By more, nobody could log in while
everybody who has is enrolling.

A process reads JSON by lines, `["hash", password]` or `["verify", hash, password]`, and writes the hash, or whether it
is the password's. It ends with its input, that is with the service.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from users.service.argon2id import Argon2id

NICENESS = 5  # more than the service's
LONGEST_S = 30.0  # of one hash where everything else is busy; then its process is ended
_ROOT = Path(__file__).parents[2]
_TRIES = 20  # a kernel takes a session's niceness ten times a second, whoever's


class HashingProcesses:
    """One process for each thread that hashes, started when the thread first does, and anew should it end.

    Thread-safe. Raises OSError when a process that was just started does not answer either.
    """

    def __init__(self, memory_kib: int, rounds: int) -> None:
        self._command = [sys.executable, "-m", "users.adapters.hashing_processes", str(memory_kib), str(rounds)]
        self._of = threading.local()
        self._started: list[subprocess.Popen[bytes]] = []

    def close(self) -> None:
        """End them; for who goes on without them. No thread may be hashing."""
        while self._started:
            _end(self._started.pop())

    def hash(self, password: str) -> str:
        return str(self._ask("hash", password))

    def verify(self, password_hash: str, password: str) -> bool:
        return bool(self._ask("verify", password_hash, password))

    def _ask(self, *question: str) -> object:
        with suppress(OSError):
            return self._answer(question)
        return self._answer(question)

    def _answer(self, question: tuple[str, ...]) -> object:
        process = self._process()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            if not select.select([process.stdout], [], [], LONGEST_S)[0]:
                raise TimeoutError("no hash in time")
            line = process.stdout.readline()
            if not line.endswith(b"\n"):
                raise BrokenPipeError("the process has ended")
        except OSError:
            self._of.process = None
            self._started.remove(process)
            _end(process)
            raise
        return json.loads(line)

    def _process(self) -> "subprocess.Popen[bytes]":
        process: subprocess.Popen[bytes] | None = getattr(self._of, "process", None)
        if process is None:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                cwd=_ROOT,
            )
            self._of.process = process
            self._started.append(process)
        return process


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    with process, suppress(BrokenPipeError):
        process.wait()


def main(memory_kib: int, rounds: int) -> None:
    _give_way()
    hasher = Argon2id(memory_kib, rounds)
    for line in sys.stdin.buffer:
        what, *given = json.loads(line)
        answer = hasher.hash(*given) if what == "hash" else hasher.verify(*given)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _give_way() -> None:
    niceness = os.nice(NICENESS)
    for _ in range(_TRIES):
        try:
            Path("/proc/self/autogroup").write_text(str(niceness))
            return
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:  # a kernel without it
            return


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
