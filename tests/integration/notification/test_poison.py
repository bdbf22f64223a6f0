"""Messages that are no events: each becomes a dead letter with a reason, and the consumer goes on."""

import json
import random
from typing import Any

import pytest

from tests.support.consumers import ConsumerProcess, Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Receiver
from tests.support.waiting import until


def _as_bytes(**changes: Any) -> bytes:
    return json.dumps(an_event(**changes)).encode()


POISON = {
    "nothing": b"",
    "random bytes": random.Random(449).randbytes(500),
    "invalid UTF-8": b'{"id": "\xff\xfe"}',
    "not an object": b"[1, 2, 3]",
    "another shape": b'{"hello": "world"}',
    "huge": b'{"message": "' + b"x" * 1_000_000 + b'"}',
    "deep": b"[" * 50_000,
    "an id that is a number": _as_bytes(id=4),
    "an id that is text": _as_bytes(student_id="4"),
    "an id of 30 digits": _as_bytes(class_id=10**30),
    "a float": _as_bytes(class_id=2.5),
    "not a number": _as_bytes(class_id=float("nan")),
    "another type": _as_bytes(type="enrollment.dropped"),
    "line breaks in the sentence": _as_bytes(message="hello\r\nBcc: eve@example.com"),
    "line breaks in the address": _as_bytes(email="a@example.com\r\nRCPT TO:<eve@example.com>"),
    "two addresses": _as_bytes(email="a@example.com, eve@example.com"),
    "a plain URL": _as_bytes(proxy_url="https://smee.io/abc"),
}


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_poison_becomes_dead_letters_with_reasons_and_the_next_event_is_sent(
    channel: str, post_office: PostOffice, receiver: Receiver, mailbox: Mailbox, consumers: Consumers
) -> None:
    consumer = consumers.start(channel)
    for body in POISON.values():
        post_office.publish_bytes(body)
    post_office.publish(an_event(email="abhinav@example.com", proxy_url=receiver.proxy()))
    until(lambda: mailbox.delivered if channel == "email" else receiver.received)
    letters = until(lambda: len(found := post_office.dead(channel)) == len(POISON) and found)
    assert sorted(body for body, _ in letters) == sorted(POISON.values())
    for body, headers in letters:
        assert headers["x-reason"].startswith("undecodable: "), body[:50]
        assert headers["x-attempts"] == 0
    assert len(mailbox.delivered) + len(receiver.received) == 1
    assert consumer.process.poll() is None


def test_an_event_of_an_unknown_type_is_a_dead_letter_that_names_it(
    post_office: PostOffice, webhook_consumer: ConsumerProcess
) -> None:
    post_office.publish(an_event(type="enrollment.swapped"))
    [(_, headers)] = until(lambda: post_office.dead("webhook"))
    assert headers["x-reason"] == "undecodable: unknown type 'enrollment.swapped'"


def test_a_url_that_is_none_is_a_dead_letter(post_office: PostOffice, webhook_consumer: ConsumerProcess) -> None:
    for proxy in (
        "smee.io",
        "ftp%3A%2F%2Fsmee.io",
        "http%3A%2F%2F",
        "http%3A%2F%2Fa%40b",
        "http%3A%2F%2Fa%0D%0Ab",
        "%FF",
    ):
        post_office.publish(an_event(proxy_url=proxy))
    letters = until(lambda: len(found := post_office.dead("webhook")) == 6 and found)
    assert all(headers["x-reason"].startswith("proxyURL ") for _, headers in letters)


def test_headers_that_are_nonsense_do_not_stop_a_message(
    post_office: PostOffice, receiver: Receiver, webhook_consumer: ConsumerProcess
) -> None:
    headers = {"x-attempts": "many", "x-replay": {"not": "text"}, "x-death": "?"}
    post_office.publish(an_event(proxy_url=receiver.proxy()), headers)
    until(lambda: receiver.received)
