"""Redis, RabbitMQ and DynamoDB Local of a test's own, to be killed, stopped and started again."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
READY_TIMEOUT_S = 60


@dataclass
class Server:
    """One server, started through the same script as in the Procfile."""

    name: str
    port: int
    environment: dict[str, str]
    popen: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        script = ROOT / "bin" / "support" / f"run-{self.name}"
        with self._log.open("ab") as log:  # the child keeps it
            self.popen = subprocess.Popen(
                [script], env=self.environment, stdout=log, stderr=log, start_new_session=True, cwd=ROOT
            )
        end = time.monotonic() + READY_TIMEOUT_S
        while not self._answers():
            assert self.popen.poll() is None, f"{self.name} ended; {self._log} ends with:\n{self._last_lines()}"
            assert time.monotonic() < end, f"no {self.name} in {READY_TIMEOUT_S} s, its log:\n{self._last_lines()}"
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL to the server and everything it started."""
        if self.popen is not None and self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait(10)

    def freeze(self) -> None:
        """Connections stay open and nothing answers, as when a machine hangs."""
        assert self.popen is not None
        os.killpg(self.popen.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.popen is not None
        os.killpg(self.popen.pid, signal.SIGCONT)

    @property
    def _log(self) -> Path:
        return Path(self.environment["VAR_DIR"], f"{self.name}-{self.port}.log")

    def _last_lines(self) -> str:
        return "".join(self._log.read_text(errors="replace").splitlines(keepends=True)[-40:])

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                if self.name == "redis":
                    probe.sendall(b"PING\r\n")
                    return probe.recv(16) == b"+PONG\r\n"
                if self.name == "rabbitmq":
                    probe.sendall(b"AMQP\x00\x00\x09\x01")
                    return len(probe.recv(8)) > 0
                return True
        except OSError:
            return False


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


@dataclass(frozen=True)
class Servers:
    redis: Server
    rabbitmq: Server
    dynamodb: Server

    @property
    def settings(self) -> dict[str, str]:
        """Where the services find them."""
        return {
            "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}/0",
            "AMQP_URL": f"amqp://guest:guest@127.0.0.1:{self.rabbitmq.port}/%2F",
            "DYNAMODB_ENDPOINT": f"http://127.0.0.1:{self.dynamodb.port}",
        }

    @contextmanager
    def in_environment(self) -> Iterator[None]:
        """As long as this is open, what this process starts finds them."""
        before = dict(os.environ)
        os.environ.update(self.settings)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def own_server(name: str, folder: Path) -> Iterator[Server]:
    """One, started on empty data under `folder`, and ended with everything it started."""
    port = free_port(adjacent=3)  # RabbitMQ takes two more for its node (see bin/support/rabbitmq.bash)
    ports = {"REDIS_PORT": str(port), "RABBITMQ_PORT": str(port), "PORT": str(port)}
    alone = {"REDIS_NODES": "1", "RABBITMQ_NODES": "1"}  # also where the tests' system is a cluster
    server = Server(name, port, {**os.environ, **ports, **alone, "VAR_DIR": str(folder)})
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def own_servers(folder: Path) -> Iterator[Servers]:
    """All three."""
    with ExitStack() as stack:
        yield Servers(*(stack.enter_context(own_server(name, folder)) for name in ("redis", "rabbitmq", "dynamodb")))
