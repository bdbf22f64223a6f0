"""How RabbitMQ is connected to. Exchanges and queues are the project's (etc.contracts.topology)."""

import secrets
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any, TypeAlias

import pika
from pika.exceptions import AMQPHeartbeatTimeout

from kit.hosts import each_host

HEARTBEAT_S = 5
Connection: TypeAlias = Any  # a pika SelectConnection, with what its types leave out

DECLARED_WITHIN_S = 6
SILENT_TICKS = 7  # seconds; RabbitMQ says something every half heartbeat


def parameters(url: str, name: str, heartbeat_s: int = 20) -> pika.URLParameters:
    """Connection parameters with bounded waits, of the first host of the URL; `name` is what RabbitMQ shows for the
    connection. Heartbeats are answered only while pika is being called, at least once in `heartbeat_s`."""
    wanted = pika.URLParameters(each_host(url)[0])
    wanted.heartbeat = heartbeat_s
    wanted.socket_timeout = 3
    wanted.stack_timeout = 4
    wanted.blocked_connection_timeout = 30
    wanted.connection_attempts = 1
    wanted.client_properties = {"connection_name": name}
    return wanted


def connect(wanted: pika.URLParameters | list[pika.URLParameters]) -> pika.BlockingConnection:
    """An open connection, to the first that answers.

    Raises AMQPError and OSError alone, whatever the other side does meanwhile.
    """
    try:
        return pika.BlockingConnection(wanted)
    except ValueError as error:  # pika's, of a connection that is reset right after it was accepted (a balancer does)
        raise ConnectionResetError("reset while connecting") from error


class Hosts:
    """The nodes of a RabbitMQ cluster, one after the other: whose connection broke takes the next."""

    def __init__(self, url: str, name: str) -> None:
        self.all = [parameters(each, name, HEARTBEAT_S) for each in each_host(url)]
        # Not all begin with the same one: it would have all connections.
        self._turn = islice(cycle(self.all), secrets.randbelow(len(self.all)), None)

    def next(self) -> pika.URLParameters:
        return next(self._turn)

    def __str__(self) -> str:
        return ", ".join(f"{each.host}:{each.port}" for each in self.all)


def end_when_silent(connection: Connection) -> None:
    """From now on end the connection when nothing has come for so long: a node that stands still keeps its sockets.

    pika's own check notices it after two to four heartbeats. Counted in ticks, not by a clock: if it was this process
    that stood still, what has come meanwhile is read before the second tick.
    """
    seen, silent = connection.bytes_received, 0

    def tick() -> None:
        nonlocal seen, silent
        if connection.is_closed:
            return
        silent = silent + 1 if connection.bytes_received == seen else 0
        seen = connection.bytes_received
        if silent >= SILENT_TICKS:
            abandon(connection, f"nothing was heard from RabbitMQ for {SILENT_TICKS} s")
        else:
            connection.ioloop.call_later(1.0, tick)

    connection.ioloop.call_later(1.0, tick)


def end_unless_opened(connection: Connection, is_open: Callable[[], bool]) -> None:
    """End the connection unless its channel is open and all is declared soon: a cluster that has not given up a node
    that stands still may hold a declaration back for as long as it likes, and heartbeats come all the same."""

    def late() -> None:
        if not is_open():
            abandon(connection, f"nothing was declared within {DECLARED_WITHIN_S} s")

    connection.ioloop.call_later(DECLARED_WITHIN_S, late)


def abandon(connection: Connection, reason: str) -> None:
    """End the connection without a word to the broker, which may not listen. As pika does when heartbeats stay out, for
    which it has no public name."""
    if not connection.is_closed:
        connection._terminate_stream(AMQPHeartbeatTimeout(reason))
