"""etc/asyncapi.json says what really goes through RabbitMQ."""

import json
import re
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from jsonschema import Draft202012Validator

from enrollment.domain.class_message import ClassMessage
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.events import About, Subscription, event_of
from enrollment.domain.history import Head, What
from enrollment.domain.offer_links import OfferClaim, OfferLinks
from enrollment.domain.record import Record, State
from enrollment.service.outbox_publisher import message_of
from etc.contracts import account_mails
from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging.outgoing_message import OutgoingMessage
from kit.messaging.retrying_publisher import RetryingPublisher
from kit.observability import correlation
from kit.stores.idempotency_keys import IdempotencyKeys
from notification.adapters.dead_letter_queue import DeadLetter as DeadLetterShown
from notification.adapters.dead_letter_queue import DeadLetterQueue
from notification.adapters.queue_consumer import Message
from notification.adapters.redelivery import RedeliveryQueue
from notification.consumer.acknowledger import Acknowledger
from notification.consumer.pause_notifier import PauseNotifier
from notification.domain.attempt import Attempt
from notification.domain.delivery import Delivery, LoggedAttempt, Result
from notification.domain.event import AnyEvent, decode
from notification.domain.outcome import DeadLetter, Outcome, Requeue, RetryLater
from notification.domain.retries import RetrySchedule

ETC = Path(__file__).parents[2] / "etc"
DOCUMENT = json.loads((ETC / "asyncapi.json").read_text())
CHANNELS, MESSAGES = DOCUMENT["channels"], DOCUMENT["components"]["messages"]
HEADERS = DOCUMENT["components"]["schemas"]["headers"]
CONFIRMED = DOCUMENT["components"]["operationTraits"]["confirmed"]
TOPOLOGY = Topology()
NO_KEYS = cast("IdempotencyKeys", None)  # what is redelivered here was asked for without a key


def payload_of(message: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((ETC / message["payload"]["$ref"]).read_text())
    return schema


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        return {node["$ref"]} if "$ref" in node else set().union(*map(references, node.values()), set())
    return set().union(*map(references, node), set()) if isinstance(node, list) else set()


class Published:
    def __init__(self) -> None:
        self.messages: list[OutgoingMessage] = []

    def publish(self, message: OutgoingMessage) -> "Future[None]":
        self.messages.append(message)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def publish_and_wait(self, message: OutgoingMessage, _: float) -> None:
        self.messages.append(message)


class BlockingAmqp:
    """A pika channel, of which only what is published is looked at."""

    def __init__(self) -> None:
        self.messages: list[OutgoingMessage] = []

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_, **__: None

    def basic_publish(self, exchange: str, key: str, body: bytes, properties: Any, **_: Any) -> None:
        ids = properties.message_id, properties.type, properties.headers
        self.messages.append(OutgoingMessage(exchange, key, body, *ids))


def a_promotion() -> OutgoingMessage:
    return published_about(What.PROMOTED)


def published_about(what: What) -> OutgoingMessage:
    record = Record(4, State.WAITLISTED, offered_until_s=1_800_000_000)
    about = About(datetime.now(UTC).isoformat(), 2, Head(1, "a" * 64))
    target = Subscription("abhinav@example.com", "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt")
    link = OfferLinks("secret", "http://localhost:5400").link(OfferClaim(2, 4, record.offered_until_s))
    return message_of(event_of(what, about, record, target, link, {}), TOPOLOGY.events)


def a_message() -> OutgoingMessage:
    message = ClassMessage("an id", "Room change", "We meet elsewhere.\nBe there.", "lovelace", "lovelace@example.com")
    counts = {"max_capacity": 2, "waitlist_maximum": 5, "current_enrollment": 2, "current_waitlist": 0}
    names = {"course_code": "CPSC 449", "class_name": "Web", "department": "Computer Science"}
    numbers = {"class_id": 2, "section_number": 1, "instructor_id": 5, "version": 1, "line_version": 1}
    section = ClassSection(**names, **numbers, **counts, status=ClassStatus.ACTIVE)  # type: ignore[arg-type]
    return message_of(message.to(4, "abhinav@example.com", section, datetime.now(UTC).isoformat(), {}), TOPOLOGY.events)


def an_account_mail(purpose: account_mails.Purpose) -> OutgoingMessage:
    """As users.service.mail_relay publishes it."""
    until = datetime.now(UTC).isoformat()
    who = {"user_id": 13, "username": "jo", "email": "jo@example.com", "language": "de"}
    link = f"http://localhost:5400/#{purpose}=13.x"
    times = {"valid_until": until, "now": until}
    id_, body = account_mails.body(**who, **times, purpose=purpose, link=link)  # type: ignore[arg-type]
    return OutgoingMessage("", TOPOLOGY.queue(Channel.EMAIL), body, id_, account_mails.TYPE)


def a_pause() -> OutgoingMessage:
    published = Published()
    PauseNotifier(RetryingPublisher(published), TOPOLOGY, lambda _: None).notify(decode(a_promotion().body))
    [message] = published.messages
    return message


def settled(channel: str, outcome: Outcome) -> OutgoingMessage:
    """What becomes of a message that was not sent."""
    published, event = Published(), a_promotion()
    headers = {"x-request-id": "drop-7", "x-attempts": 1, "x-reason": "busy"}
    message = Message(event.body, event.message_id, None, headers, lambda: None, lambda: True, event.type)
    Acknowledger(channel, TOPOLOGY, RetrySchedule([1000, 5000]), RetryingPublisher(published)).settle(message, outcome)
    [republished] = published.messages
    return republished


def a_redelivery(channel: str, result: Result) -> OutgoingMessage:
    published = Published()
    attempt = LoggedAttempt(Attempt(datetime.now(UTC)), result)
    with correlation.bind_from_headers({"x-request-id": "again-7"}):
        delivery = Delivery(decode(a_promotion().body), channel, (attempt,))
        RedeliveryQueue(published, TOPOLOGY, NO_KEYS).redeliver(delivery)
    [message] = published.messages
    return message


def a_replay(channel: str) -> OutgoingMessage:
    dead, amqp = settled(channel, DeadLetter("refused")), BlockingAmqp()
    letter = DeadLetterShown(dead.message_id, channel, 7, dead.body, dead.properties, dead.headers)
    DeadLetterQueue(amqp, TOPOLOGY, channel).replay(letter)  # type: ignore[arg-type]
    [message] = amqp.messages
    return message


def address_of(message: OutgoingMessage) -> str:
    """The exchange of events, or the queue that it goes to."""
    if message.exchange == TOPOLOGY.dead_exchange:
        return TOPOLOGY.dead_queue(message.routing_key)
    return message.exchange or message.routing_key


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        file, _, path = reference.partition("#")
        node = json.loads((ETC / file).read_text()) if file else DOCUMENT
        for step in path.split("/")[1:]:
            node = node[step]


def test_exchanges_and_queues_are_those_that_are_declared() -> None:
    addresses = {TOPOLOGY.events}
    for channel in Channel:
        addresses |= {TOPOLOGY.queue(channel), TOPOLOGY.dead_queue(channel)}
        addresses.add(TOPOLOGY.retry_queue(channel, 0).replace("0ms", "{delay}ms"))
    assert {channel["address"] for channel in CHANNELS.values()} == addresses


def test_the_messages_are_the_events_that_consumers_decode() -> None:
    types = {kind.model_fields["type"].annotation for kind in get_args(AnyEvent)}
    assert {payload_of(one)["properties"]["type"]["const"] for one in MESSAGES.values()} == {
        one.__args__[0] for one in types if one
    }
    assert len(get_args(AnyEvent)) == len(MESSAGES)
    for message in MESSAGES.values():
        for example in payload_of(message)["examples"]:
            assert decode(json.dumps(example).encode()).type == message["name"]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        *(("publishPromotion", published_about(w)) for w in (What.PROMOTED, What.OFFERED, What.DECLINED, What.EXPIRED)),
        ("publishPromotion", a_message()),
        ("publishPause", a_pause()),
        *(("publishAccountMail", an_account_mail(purpose)) for purpose in get_args(account_mails.Purpose)),
        *((f"retry{one.title()}", settled(one, RetryLater("busy"))) for one in Channel),
        *((f"retry{one.title()}", settled(one, Requeue("busy"))) for one in Channel),
        *((f"deadLetter{one.title()}", settled(one, DeadLetter("refused"))) for one in Channel),
        *((f"redeliver{one.title()}", a_redelivery(one, result)) for one in Channel for result in get_args(Result)),
        *((f"replay{one.title()}", a_replay(one)) for one in Channel),
    ],
)
def test_what_is_published_is_as_described(operation: str, message: OutgoingMessage) -> None:
    described = DOCUMENT["operations"][operation]
    channel_name = described["channel"]["$ref"].rpartition("/")[2]
    assert re.fullmatch(CHANNELS[channel_name]["address"].replace("{delay}", "[0-9]+"), address_of(message))
    names = [reference["$ref"].rpartition("/")[2] for reference in described.get("messages", [])]  # without: all of it
    schemas = [MESSAGES[name] for name in names or CHANNELS[channel_name]["messages"]]
    [schema] = [one for one in schemas if one["bindings"]["amqp"]["messageType"] == message.properties.type]
    assert message.properties.content_type == schema["contentType"]
    [trait] = described["traits"]
    assert trait["$ref"] == "#/components/operationTraits/confirmed"
    assert message.properties.delivery_mode == CONFIRMED["bindings"]["amqp"]["deliveryMode"]
    body = json.loads(message.body)
    assert message.message_id == body["id"]
    Draft202012Validator(payload_of(schema)).validate(body)
    assert message.headers.keys() <= HEADERS["properties"].keys()
    Draft202012Validator(HEADERS, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(message.headers)


def test_every_operation_is_somebodys_and_says_what_it_sends() -> None:
    for name, one in DOCUMENT["operations"].items():
        assert one.get("messages") != [], name  # AsyncAPI 3: that is none, and without the member it is all
        assert one["action"] == "receive" or "traits" in one, name
