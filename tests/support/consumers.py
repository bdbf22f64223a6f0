"""Consumers as real processes."""

import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tests.support import forks
from tests.support.http import get
from tests.support.ports import free_port
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


class ConsumerProcess:
    """`python -m notification.consume CHANNEL`; its log is read while it runs."""

    def __init__(self, channel: str, environment: dict[str, str], module: str | None = None) -> None:
        health_port = free_port()
        self.url = f"http://127.0.0.1:{health_port}"  # of /health/… and /metrics
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = forks.start_module(
            module or "notification.consume",
            channel,
            environment=inherited | environment | {"HEALTH_PORT": str(health_port)},
            stdout=self._log.fileno(),
            stderr=self._log.fileno(),
        )

    @property
    def log(self) -> str:
        return os.pread(self._log.fileno(), 10_000_000, 0).decode()

    def is_consuming(self) -> bool:
        """By its own word: it has a connection to RabbitMQ and consumes, whatever else it may lack."""
        reply = get(f"{self.url}/health/ready")
        return reply is not None and "rabbitmq" not in reply.json().get("detail", "")

    def wait_until_consuming(self, timeout_s: float = 20) -> None:
        until(lambda: self.is_consuming() or self._died(), self._why("it does not consume"), timeout_s=timeout_s)

    def wait_for_outage(self, timeout_s: float = 20) -> None:
        until(lambda: not self.is_consuming(), self._why("it consumes all the same"), timeout_s=timeout_s)

    def wait_for_log(self, text: str, *, times: int = 1, timeout_s: float = 20) -> None:
        until(
            lambda: self.log.count(text) >= times or self._died(),
            self._why(f"{text!r} not in the log"),
            timeout_s=timeout_s,
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
            raise AssertionError(self._why(f"the consumer ended with {self.process.returncode}")())
        return False

    def _why(self, what: str) -> Callable[[], str]:
        return lambda: f"{what}:\n{self.log[-3000:]}"


class Consumers:
    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._started: list[ConsumerProcess] = []

    def start(self, channel: str, *, ready: bool = True, module: str | None = None, **settings: str) -> ConsumerProcess:
        """A consumer with these settings beside the common ones; it consumes when this returns, if it is to."""
        consumer = ConsumerProcess(channel, self._environment | settings, module)
        self._started.append(consumer)
        if ready:
            consumer.wait_until_consuming()
        return consumer

    def __enter__(self) -> "Consumers":
        return self

    def __exit__(self, *_: object) -> None:
        for consumer in self._started:
            consumer.end()
