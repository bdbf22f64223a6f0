"""A real SMTP server in the test's process, that can refuse on demand."""

import asyncio
import email
import email.policy
import time
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.ports import free_port


@dataclass(frozen=True)
class Delivered:
    sender: str
    recipients: list[str]
    mail: EmailMessage
    peer: Any

    @property
    def text(self) -> str:
        """The plain text."""
        return body(self.mail, "plain")

    @property
    def html(self) -> str:
        return body(self.mail, "html")


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


class Mailbox:
    """Listens on a free port. `replies` are given to the next RCPT commands, one each, before it accepts again."""

    def __init__(self, **options: Any) -> None:
        """`options` are aiosmtpd's own (ssl_context, require_starttls, authenticator and so on)."""
        self._options = options
        self.delivered: list[Delivered] = []
        self.replies: list[str] = []
        self.port = free_port()
        self._controller: Controller | None = None

    @property
    def told(self) -> list[str]:
        """The ids of the events whose mails arrived: one each, or several in a digest."""
        ids: list[str] = []
        for got in list(self.delivered):
            digest = got.mail["X-Event-IDs"]
            ids += digest.split() if digest else [got.mail["Message-ID"].strip("<>").partition("@")[0]]
        return ids

    def __enter__(self) -> "Mailbox":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        # A session cut off by the end of the server would leave its transport open, and Python complains of that.
        end = time.monotonic() + 3
        while self._controller and asyncio.all_tasks(self._controller.loop) and time.monotonic() < end:
            time.sleep(0.01)
        self.close()

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self._options)
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.replies:
            return self.replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.delivered.append(Delivered(envelope.mail_from, list(envelope.rcpt_tos), mail, session.peer))
        return "250 OK"
