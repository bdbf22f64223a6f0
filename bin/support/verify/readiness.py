"""Whether the whole system works again: each process runs, each service is ready, each consumer consumes."""

import socket
import time
from collections.abc import Callable

import httpx
import pika
from pika.exceptions import AMQPError

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging import amqp
from verify import targets
from verify.cluster_nodes import ClusterNodes
from verify.system import System

_TIMEOUT_S = 2.0


class Readiness:
    def __init__(self, system: System) -> None:
        self._system = system
        settings = system.settings
        urls = {name: settings[f"{name.upper()}_URL"].split(",") for name in ("users", "notification", "pages")}
        urls["enrollment"] = system.enrollment_urls
        pages = [
            (f"{name}.{i}", f"{url}/health/ready") for name, each in urls.items() for i, url in enumerate(each, start=1)
        ]
        pages.append(("gateway.1", f"{settings['GATEWAY_URL']}/__health"))
        self._pages = [page for page in pages if page[0] in system.processes]
        self._queues = Topology(settings.get("AMQP_PREFIX", ""))

    def lacking(self) -> str | None:
        """What does not work, None if everything does."""
        checks: tuple[Callable[[], str | None], ...] = (self._processes, self._mail_server, self._http, self._consumers)
        return next((reason for check in checks if (reason := check())), None)

    def queued(self) -> tuple[int, int]:
        """Notices that wait in the channels' queues, and in their retry queues; (1, 0) if that cannot be known."""
        delays = self._system.settings.get("RETRY_DELAYS_S", "").split(",")
        now = later = 0
        try:
            with self._broker() as broker:
                for name in Channel:
                    now += _messages(broker, self._queues.queue(name))
                    for delay in delays:
                        later += _messages(broker, self._queues.retry_queue(name, round(float(delay) * 1000)))
        except (AMQPError, OSError, ValueError):
            return 1, 0
        return now, later

    def held(self, patience_s: float) -> int:
        """Notices that consumers still hold after so long: the slowest receiver is given up by then."""
        nodes, end = ClusterNodes(self._system.settings), time.monotonic() + patience_s
        while (held := nodes.held()) and time.monotonic() < end:
            time.sleep(1)
        return held

    def _broker(self) -> pika.BlockingConnection:
        return amqp.connect(amqp.Hosts(self._system.settings["AMQP_URL"], "bin/verify").all)

    def _processes(self) -> str | None:
        gone = [name for name in self._system.processes if targets.pid_of(self._system.data, name) is None]
        return f"{', '.join(gone)} not running" if gone else None

    def _http(self) -> str | None:
        for name, url in self._pages:
            try:
                reply = httpx.get(url, timeout=_TIMEOUT_S, trust_env=False)
            except httpx.HTTPError as error:
                return f"{name}: {type(error).__name__}"
            if reply.status_code != httpx.codes.OK:
                return f"{name}: {reply.text[:100]}"
        return None

    def _mail_server(self) -> str | None:
        address = (self._system.settings["SMTP_HOST"], int(self._system.settings["SMTP_PORT"]))
        try:
            with socket.create_connection(address, _TIMEOUT_S) as connection:
                return None if connection.recv(3) == b"220" else "the mail server does not greet"
        except OSError:
            return "no mail server"

    def _consumers(self) -> str | None:
        try:
            with self._broker() as broker:
                channel = broker.channel()
                for name in Channel:
                    queue = channel.queue_declare(self._queues.queue(name), passive=True)
                    if not queue.method.consumer_count:
                        return f"nobody consumes the {name} notices"
        except (AMQPError, OSError) as error:
            return f"RabbitMQ: {type(error).__name__}"
        return None


def _messages(broker: pika.BlockingConnection, queue: str) -> int:
    return int(broker.channel().queue_declare(queue, passive=True).method.message_count)
