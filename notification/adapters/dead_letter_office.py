"""Dead letters for a page: looked at and sent again over a connection that lasts for one request.

What is done to each is what bin/dead-letters does (adapters.dead_letter_queue). A request does as much as fits its time
and says what is left: ten thousand letters are replayed by some clicks, or by the command.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from pika.exceptions import AMQPError

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.errors import NotFound, Unavailable
from kit.messaging.amqp import Hosts, connect
from notification.adapters.dead_letter_queue import DeadLetter, DeadLetterQueue

WORKS_FOR_S = 1.2  # a request, before it says what is left


class NoSuchDeadLetter(NotFound):
    def __init__(self, id_: str) -> None:
        super().__init__(f"No dead letter has the id {id_}; somebody may have sent it again, list them anew")


@dataclass(frozen=True)
class Shelf:
    """The dead letters of one channel: how many, and the oldest of them."""

    channel: Channel
    count: int
    oldest: Sequence[DeadLetter]


class DeadLetterOffice:
    """Thread-safe; one request at a time, so that two of them see the same letters and no more than one thread waits.

    Methods raise Unavailable when RabbitMQ does not answer, or another request is under way.
    """

    def __init__(self, url: str, topology: Topology) -> None:
        self._hosts = Hosts(url, "notification service, dead letters").all
        for each in self._hosts:
            each.socket_timeout, each.stack_timeout, each.blocked_connection_timeout = 0.5, 0.8, 1
        self._topology = topology
        self._lock = Lock()

    def look(self, most: int) -> list[Shelf]:
        """So many of each channel at most, and fewer when they take too long."""
        end_s = time.monotonic() + WORKS_FOR_S
        with self._queues(list(Channel)) as queues:
            return [self._shelf(channel, queue, most, end_s) for channel, queue in queues.items()]

    def replay(self, channels: Sequence[Channel], id_: str | None) -> int:
        """Send these again, one of them or all; how many were. Raises NoSuchDeadLetter."""
        end_s, count = time.monotonic() + WORKS_FOR_S, 0
        with self._queues(channels) as queues:
            for queue in queues.values():
                for letter in queue.letters():
                    if id_ in (None, letter.id):
                        queue.replay(letter)
                        count += 1
                    if time.monotonic() > end_s:
                        return count
        if id_ is not None and count == 0:
            raise NoSuchDeadLetter(id_)
        return count

    def _shelf(self, channel: Channel, queue: DeadLetterQueue, most: int, end_s: float) -> Shelf:
        oldest: list[DeadLetter] = []
        for letter in queue.letters():
            oldest.append(letter)
            if len(oldest) == most or time.monotonic() > end_s:
                break
        return Shelf(channel, queue.count(), oldest)

    @contextmanager
    def _queues(self, channels: Sequence[Channel]) -> Iterator[dict[Channel, DeadLetterQueue]]:
        if not self._lock.acquire(blocking=False):
            raise Unavailable("Somebody else is looking at the dead letters; ask again in a moment", retry_after_s=2)
        try:
            connection = connect(self._hosts)
            try:
                yield {one: DeadLetterQueue(connection.channel(), self._topology, one) for one in channels}
            finally:
                if connection.is_open:
                    connection.close()  # gives back every letter that was not acknowledged
        except (AMQPError, OSError) as error:
            raise Unavailable("RabbitMQ does not answer; ask again in a moment") from error
        finally:
            self._lock.release()
