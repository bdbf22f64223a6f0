"""Connecting to RabbitMQ fails in ways that callers expect."""

import socket

import pytest
from pika.exceptions import AMQPError

from kit.messaging import amqp


def test_a_connection_that_is_reset_at_once_is_a_lost_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A balancer whose broker is down resets what it has just accepted; a consumer ended with pika's ValueError."""

    def reset(_: socket.socket) -> None:
        raise OSError("Transport endpoint is not connected")

    monkeypatch.setattr(socket.socket, "getpeername", reset)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises((AMQPError, OSError)):
            amqp.connect(amqp.parameters(f"amqp://guest:guest@127.0.0.1:{port}/%2F", "tests"))
