"""Consumers as real processes."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


class ConsumerProcess:
    """`python -m notification.<channel>_consumer`; its log is read while it runs."""

    def __init__(self, channel: str, environment: dict[str, str], module: str | None = None) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", module or f"notification.{channel}_consumer"],
            cwd=ROOT,
            env=inherited | environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def log(self) -> str:
        return os.pread(self._log.fileno(), 10_000_000, 0).decode()

    def wait_for_log(self, text: str, *, times: int = 1, timeout_s: float = 20) -> None:
        until(
            lambda: self.log.count(text) >= times or self._died(),
            timeout_s=timeout_s,
            why=f"{text!r} not in the log:\n{self.log[-3000:]}",
        )

    def wait_for_end(self, timeout_s: float = 20) -> int:
        return self.process.wait(timeout_s)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._log.close()

    def _died(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the consumer ended with {self.process.returncode}:\n{self.log[-3000:]}")
        return False


class Consumers:
    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._started: list[ConsumerProcess] = []

    def start(self, channel: str, *, ready: bool = True, module: str | None = None, **settings: str) -> ConsumerProcess:
        """A consumer with these settings beside the common ones; it consumes when this returns, if it is to."""
        consumer = ConsumerProcess(channel, self._environment | settings, module)
        self._started.append(consumer)
        if ready:
            consumer.wait_for_log(f"consuming {channel}")
        return consumer

    def __enter__(self) -> "Consumers":
        return self

    def __exit__(self, *_: object) -> None:
        for consumer in self._started:
            consumer.end()
