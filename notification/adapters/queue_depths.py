"""How many messages lie in the consumer's queues, asked of RabbitMQ by passive declares every few seconds.

A connection of its own: a declare that fails closes its channel, and must not take the consumer's with it.
"""

import logging
from collections.abc import Callable, Sequence

import pika
from pika.exceptions import AMQPError

from kit.concurrency import threads
from kit.messaging import amqp
from notification.metrics import QUEUED

log = logging.getLogger(__name__)

ASKED_EVERY_S = 5.0


class QueueDepths:
    """`pause` waits for so long, or until the process is to end."""

    def __init__(self, hosts: amqp.Hosts, queues: Sequence[str], pause: Callable[[float], object]) -> None:
        self._hosts = hosts
        self._queues = queues
        self._pause = pause

    def start(self) -> None:
        threads.keep_running("queue-depths", self._run)

    def _run(self) -> None:
        while True:  # bounded: by the process's life, with a pause in each turn
            try:
                with amqp.connect(self._hosts.next()) as connection:
                    self._ask_on(connection)
            except (AMQPError, OSError) as error:
                log.debug("queue depths are not known: %s", type(error).__name__)
                for queue in self._queues:  # rather no number than an old one
                    QUEUED.remove(queue)
            self._pause(ASKED_EVERY_S)

    def _ask_on(self, connection: pika.BlockingConnection) -> None:
        channel = connection.channel()
        while True:  # bounded: by the connection, whose heartbeat ends it
            for queue in self._queues:
                declared = channel.queue_declare(queue, passive=True)
                QUEUED.labels(queue).set(declared.method.message_count or 0)
            connection.sleep(ASKED_EVERY_S)  # answers heartbeats meanwhile
