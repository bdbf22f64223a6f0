"""Connecting to RabbitMQ fails in ways that callers expect."""

import gc
import socket
import time
import warnings

import pytest
from pika.exceptions import AMQPError

from kit.messaging import amqp
from kit.messaging.publisher import Publisher
from tests.support.tcp_server import TcpServer
from tests.support.waiting import until


def test_a_connection_that_is_reset_at_once_is_a_lost_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A balancer whose broker is down resets what it has just accepted; a consumer ended with pika's ValueError."""

    def reset(_: socket.socket) -> None:
        raise OSError("Transport endpoint is not connected")

    monkeypatch.setattr(socket.socket, "getpeername", reset)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises((AMQPError, OSError)):
            amqp.connect(amqp.parameters(f"amqp://guest:guest@127.0.0.1:{port}/%2F", "tests"))


def test_a_publisher_that_is_closed_while_it_connects_leaves_no_socket_open(caplog: pytest.LogCaptureFixture) -> None:
    with TcpServer(lambda connection: connection.recv(1 << 20) and time.sleep(0.2)) as silent:
        publisher = Publisher(
            amqp.Hosts(f"amqp://guest:guest@127.0.0.1:{silent.port}/%2F", "tests"), declare=lambda channel: None
        )
        publisher.start()
        until(lambda: silent.connections)
        with warnings.catch_warnings(record=True) as left:
            warnings.simplefilter("always")
            publisher.close()
            gc.collect()

    assert [str(it.message) for it in left if issubclass(it.category, ResourceWarning)] == []
    assert "broke down" not in caplog.text
