"""A name, an address, a sentence or a URL smuggles no header, no recipient and no line of the log."""

from urllib.parse import quote

import pytest

from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Receiver
from tests.support.waiting import until

EVE = "eve@example.com"
HEADERS_OF_A_MAIL = {
    "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version",
    "content-type", "content-transfer-encoding", "x-peer", "x-mailfrom", "x-rcptto",
}  # fmt: skip
# Everything that some program, somewhere, takes for the end of a line, and SMTP's own syntax.
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x00"]
ADDRESSES = [
    *[f"a@example.com{end}Bcc: {EVE}" for end in BREAKS],
    *[f"a{end}@example.com" for end in BREAKS],
    f"a@example.com> RCPT TO:<{EVE}",
    f"a@example.com,{EVE}",
    f"a@example.com;{EVE}",
    f'"{EVE}, a"@example.com',
    f"=?utf-8?q?a=0D=0ABcc=3A?= {EVE}",
    "=?utf-8?q?a=0D=0ABcc=3Aeve=40example.com?=@example.com",
]
SENTENCES = [f"You have a seat{end}Bcc: {EVE}{end}{end}.{end}MAIL FROM:<{EVE}>" for end in BREAKS]
FORGED = "ERROR notification: forged"


def test_no_address_smuggles_a_header_or_a_recipient(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    consumer = consumers.start("email")
    for address in ADDRESSES:
        post_office.publish(an_event(email=address))
    for sentence in SENTENCES:
        post_office.publish(an_event(email="student@example.com", message=sentence))
    last = post_office.publish(an_event(email="last@example.com"))
    until(lambda: any(last["id"] in one.mail["Message-ID"] for one in mailbox.delivered))
    settled = len(ADDRESSES) + len(SENTENCES) + 1
    until(lambda: len(mailbox.delivered) + len(post_office.dead("email")) >= settled, timeout_s=30)

    for one in mailbox.delivered:
        assert {name.lower() for name in one.mail} <= HEADERS_OF_A_MAIL
        assert len(one.mail.keys()) == len(set(one.mail.keys()))
        assert EVE not in one.recipients
        assert len(one.recipients) == 1
        assert one.sender == "cpsc449-backend@no-reply.com"
        assert EVE not in str(one.mail["To"]) + str(one.mail["Subject"]) + str(one.mail["From"])
    # Every other ended where an operator sees it, with a reason.
    assert all(headers["x-reason"] for _, headers in post_office.dead("email"))
    assert consumer.process.poll() is None


def test_a_dot_alone_in_a_line_does_not_end_the_mail(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    consumers.start("email")
    post_office.publish(an_event(email="a@example.com", message="."))
    [one] = until(lambda: mailbox.delivered)
    assert one.text.startswith(".\n")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", " HTTP/1.1\r\n", "\u2028"])
def test_no_url_smuggles_a_header(end: str, post_office: PostOffice, receiver: Receiver, consumers: Consumers) -> None:
    consumers.start("webhook")
    for where in (receiver.url(f"/hook{end}X-Eve: 1"), receiver.url(f"/?q={end}X-Eve: 1"), f"http://x{end}X-Eve: 1/"):
        post_office.publish(an_event(proxy_url=quote(where, safe="")))
    post_office.publish(an_event(proxy_url=quote(receiver.url("/hook%0d%0aX-Eve:%201"), safe="")))
    post_office.publish(an_event(proxy_url=receiver.proxy("/last")))
    until(lambda: any(one.path == "/last" for one in receiver.received))
    until(lambda: len(post_office.dead("webhook")) == 3)
    for one in receiver.received:
        assert "x-eve" not in one.headers
        assert "\r" not in one.path
        assert "\n" not in one.path


def test_nothing_of_a_message_forges_a_line_of_the_log_or_shows_its_url_there(
    post_office: PostOffice, receiver: Receiver, mailbox: Mailbox, consumers: Consumers
) -> None:
    token = "a-path-that-is-the-receivers-secret"
    forged = f"x\n{FORGED}\r\n{FORGED}"
    mailbox.replies = [f"550 no such user\r\n{FORGED}"[:60]]
    email, webhook = consumers.start("email"), consumers.start("webhook")
    for body in (forged.encode(), b'{"id": "%s"}' % forged.encode(), b'{"id": "\\n%s"}' % FORGED.encode()):
        post_office.publish_bytes(body, message_id=forged, headers={"x-reason": forged, "x-attempts": forged})
    for proxy in (
        quote(receiver.url(f"/{token}\n{FORGED}"), safe=""),
        receiver.proxy(f"/{token}?key={token}"),
        quote(f"http://127.0.0.1:9/{token}", safe=""),
        quote(f"http://{token}.invalid/{token}", safe=""),
    ):
        post_office.publish(an_event(email="a@example.com", proxy_url=proxy))
    until(lambda: receiver.received and len(mailbox.delivered) >= 3)
    until(lambda: len(post_office.dead("webhook")) >= 6, timeout_s=30)
    for log in (email.log, webhook.log):
        assert not [line for line in log.splitlines() if line.startswith(FORGED)]
        assert token not in log
    reasons = str([headers["x-reason"] for channel in ("email", "webhook") for _, headers in post_office.dead(channel)])
    assert token not in reasons
