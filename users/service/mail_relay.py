"""Takes the mails about accounts from their outbox to the broker: at once where they were written, and again until the
broker has them, whichever instance wrote them. An event that two of them publish has one event id: the consumer sends
it once.
"""

import logging
import threading

from kit import faults
from kit.concurrency import threads
from kit.errors import Unavailable
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.publisher import Publisher, publish_all
from users.service.ports import MailOutbox, PendingMail

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 2.0
CONFIRMED_WITHIN_S = 5


class MailRelay:
    def __init__(self, outbox: MailOutbox, publisher: Publisher, queue: str, type_: str) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._queue = queue
        self._type = type_
        self._wanted = threading.Event()
        self._closing = threading.Event()

    def start(self) -> None:
        self._publisher.start()
        threads.keep_running("account-mails", self._run)

    def soon(self) -> None:
        """A mail was written."""
        self._wanted.set()

    def close(self) -> None:
        self._closing.set()
        self._wanted.set()
        self._publisher.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wanted.wait(LOOKS_EVERY_S)
            self._wanted.clear()
            if not self._publisher.connected:
                continue
            try:
                self._publish_pending()
            except Unavailable as error:
                log.info("mails about accounts wait: %s", error)
            except Exception:  # nobody else would send what the next look may well send
                log.exception("mails about accounts wait")

    def _publish_pending(self) -> None:
        pending = self._outbox.pending()
        if not pending:
            return
        confirmed = publish_all(self._publisher, pending, self._message_of, CONFIRMED_WITHIN_S)
        faults.point("account_mail.published")
        self._outbox.delete(confirmed)

    def _message_of(self, mail: PendingMail) -> OutgoingMessage:
        return OutgoingMessage("", self._queue, mail.body, mail.event_id, self._type)
