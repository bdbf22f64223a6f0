"""Publishes again what is published: now and then the broker gets a message twice, as from a relay that was too early.

It reads a queue of its own, bound to the exchange of the events; its own copies it knows by a header.
"""

import random
from typing import Any

from pika.exceptions import AMQPError

from etc.contracts.topology import Topology
from kit.messaging import amqp
from verify.background import Background
from verify.history import History
from verify.system import System

COPY = "x-verify-copy"
_SHARE = 0.4
_AGAIN_AFTER_S = 0.5


class Duplicator(Background):
    def __init__(self, system: System, history: History, seed: int) -> None:
        super().__init__(self._run)
        self._hosts = amqp.Hosts(system.settings["AMQP_URL"], "bin/verify")
        self._history = history
        self._exchange = Topology(system.settings.get("AMQP_PREFIX", "")).events
        self._dice = random.Random(seed)  # noqa: S311 - guards no secret

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with amqp.connect(self._hosts.next()) as broker:
                    self._copy_from(broker.channel())
            except (AMQPError, OSError):
                self._stop.wait(_AGAIN_AFTER_S)  # it is down; so are those who publish

    def _copy_from(self, channel: Any) -> None:
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, self._exchange)
        for _, properties, body in channel.consume(queue, auto_ack=True, inactivity_timeout=0.2):
            if self._stop.is_set():
                return
            if body is None or COPY in (properties.headers or {}) or self._dice.random() > _SHARE:
                continue
            properties.headers = {**(properties.headers or {}), COPY: "1"}
            channel.basic_publish(self._exchange, "", body, properties)
            self._history.copies += 1
