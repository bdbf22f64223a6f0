"""Where notices arrive and who sends them there: sinks in processes of their own, and the consumers under test."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from urllib.parse import quote

import pika

from bench.context import Context
from bench.fixtures import Fixture
from bench.processes import Process, start_consumer
from kit.messaging import amqp

HOSTS = 20  # receivers: a host gets a share of the places only, so that one that hangs does not keep the others waiting
TIMEOUT_S = 120.0


class Sink:
    """A receiver in a process of its own; `arrivals` are (CLOCK_MONOTONIC in s, student id) in order."""

    def __init__(self, kind: str, port: int) -> None:
        self.port = port
        self.arrivals: list[tuple[float, int]] = []
        words = [str(port), str(HOSTS)] if kind == "http" else [str(port)]
        command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-P", "-m", "bench.sinks", kind, *words]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            at_ns, student = line.split()
            self.arrivals.append((int(at_ns) / 1e9, int(student)))

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + TIMEOUT_S
        while len(self.arrivals) < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{len(self.arrivals)} of {count} notices arrived within {TIMEOUT_S:.0f} s")
            time.sleep(0.005)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextmanager
def sinks(context: Context) -> Iterator[dict[str, Sink]]:
    found = {"webhook": Sink("http", context.port()), "email": Sink("smtp", context.port())}
    for sink in found.values():
        context.stack.callback(sink.stop)
    time.sleep(1)
    yield found


def callback(port: int, number: int) -> str:
    """The URL of a receiver as it is stored: percent-encoded once."""
    return quote(f"http://127.0.0.{1 + number % HOSTS}:{port}/hook", safe="")


def start_channel(context: Context, fixture: Fixture, channel: str, sink: Sink) -> Process:
    environment = {**fixture.environment, "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(sink.port), "SMTP_TLS": "none"}
    process = start_consumer(channel, environment, context.tree)
    return context.watch(context.until_end(process))


def wait_for_consumer(fixture: Fixture, channel: str) -> None:
    end = time.monotonic() + 30
    with pika.BlockingConnection(amqp.Hosts(fixture.settings.amqp_url, "bench").next()) as connection:
        queue = connection.channel()
        while not queue.queue_declare(fixture.topology.queue(channel), passive=True).method.consumer_count:
            if time.monotonic() > end:
                raise RuntimeError(f"the {channel} consumer did not start")
            time.sleep(0.1)
