"""The events the consumers send on, one model for each type, as etc/schemas describes them.

Types are strict; fields this version does not know are ignored, so that a newer publisher and an older consumer
can run side by side. tests/contract holds these models and the schemas against each other.
"""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

LARGEST_BODY_BYTES = 64 * 1024

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_UTC = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|\+00:00)$"
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"
_NO_CONTROLS_OR_EMPTY = r"^[^\x00-\x1f\x7f]*$"
ONE_ADDRESS = r"^[^\x00-\x20\x7f@,;:<>()\[\]\\\"]+@[^\x00-\x20\x7f@,;:<>()\[\]\\\"]+$"
_HASH = r"^[0-9a-f]{64}$"
_LINK = r"^https?://[^\x00-\x20\x7f\"<>\\]+$"
_ENCODED_ONCE = r"^[A-Za-z0-9._~%-]+$"
_LONGEST_TYPE_SHOWN = 60

_Id = Annotated[int, Field(ge=1, le=2**53 - 1)]


class Undecodable(Exception):
    """The body is no event. Its text names the fields and rules, and of the values only an unknown type."""


class HistoryEntry(NamedTuple):
    number: int
    hash: str


class Event(BaseModel):
    """The common part of events: student, message and addresses. `subject` is the mail's."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    id: str = Field(pattern=_UUID)
    type: str
    occurred_at: str = Field(pattern=_UTC)
    student_id: _Id
    class_id: _Id
    message: str = Field(pattern=_NO_CONTROLS, max_length=1000)
    email: str | None = Field(pattern=ONE_ADDRESS, max_length=254)
    proxy_url: str | None = Field(pattern=_ENCODED_ONCE, max_length=6000)
    course_code: str = Field(default="", pattern=_NO_CONTROLS_OR_EMPTY, max_length=200)
    class_name: str = Field(default="", pattern=_NO_CONTROLS_OR_EMPTY, max_length=200)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")  # of mails
    webhook_format: str | None = Field(default=None, pattern=r"^[a-z]{1,20}$")  # None: the sentence alone

    @property
    def kind(self) -> str:
        """The key of the mail's words."""
        return self.type

    @property
    def about(self) -> str:
        """What mails call that which it is about; empty: nothing in the event names it."""
        return " ".join(filter(None, (self.course_code, self.class_name)))

    @property
    def history(self) -> HistoryEntry | None:
        """The entry of the class's history that holds what it tells of."""
        return None

    @property
    def is_private(self) -> bool:
        """Whether it must be in no list of what was sent."""
        return False

    @property
    def is_notice(self) -> bool:
        """Whether it is of those that students subscribe to, and can end."""
        return True

    @property
    def subject(self) -> str:
        raise NotImplementedError


class SeatEvent(Event):
    """Something of the class's history: the number and the hash of the entry that holds it.

    Whoever keeps them can hold the registrar to the history. 1.1 had none: number 0.
    """

    history_number: int = Field(ge=0, le=2**53 - 1)
    history_hash: str = Field(pattern=_HASH)

    @property
    def history(self) -> HistoryEntry | None:
        return HistoryEntry(self.history_number, self.history_hash) if self.history_number else None


class EnrollmentPromoted(SeatEvent):
    """A student moved from the waitlist to a seat."""

    type: Literal["enrollment.promoted"]
    history_number: int = Field(default=0, ge=0, le=2**53 - 1)
    history_hash: str = Field(default="0" * 64, pattern=_HASH)

    @property
    def subject(self) -> str:
        return f"Enrolled in Class {self.class_id}"


class EnrollmentOffered(SeatEvent):
    """A seat is held for the next in line until `offered_until`. Anybody with the `link` can answer."""

    type: Literal["enrollment.offered"]
    offered_until: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")
    link: str | None = Field(pattern=_LINK, max_length=2000)

    @property
    def subject(self) -> str:
        return f"A seat in Class {self.class_id} is held for you"


class EnrollmentOfferEnded(SeatEvent):
    """An offer was declined or ran out; the student has left the line."""

    type: Literal["enrollment.offer_ended"]
    reason: Literal["declined", "expired"]

    @property
    def kind(self) -> str:
        return f"{self.type}.{self.reason}"

    @property
    def subject(self) -> str:
        return f"The offer of a seat in Class {self.class_id} has ended"


class ClassMessage(Event):
    """A message from who teaches a class to one who is in it; `message` names it, `title` and `text` are the mail's."""

    type: Literal["class.message"]
    title: str = Field(pattern=_NO_CONTROLS, max_length=100)
    text: str = Field(pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]+$", max_length=5000)
    sender: str = Field(pattern=_NO_CONTROLS, max_length=64)
    reply_to: str = Field(pattern=ONE_ADDRESS, max_length=254)

    @property
    def is_notice(self) -> bool:
        return False

    @property
    def subject(self) -> str:
        return ": ".join(filter(None, (self.course_code, self.title)))


class AccountMail(Event):
    """Of the users service, about an account and no class: with a link that is good for whoever has it."""

    type: Literal["account.mail"]
    class_id: int = Field(ge=0, le=0)
    username: str = Field(pattern=_NO_CONTROLS, max_length=64)
    purpose: Literal["reset", "verify"]
    link: str = Field(pattern=_LINK, max_length=2000)
    valid_until: str = Field(pattern=_UTC)

    @property
    def kind(self) -> str:
        return f"{self.type}.{self.purpose}"

    @property
    def about(self) -> str:
        return self.username

    @property
    def is_private(self) -> bool:
        return True

    @property
    def is_notice(self) -> bool:
        return False

    @property
    def subject(self) -> str:
        return {"reset": "A new password for {}", "verify": "Is this your address, {}?"}[self.purpose].format(
            self.about
        )


class EndpointPaused(Event):
    """Our own, from the webhook consumer to the one of mails: nothing arrived at a student's endpoint for days.

    `message` says so; `class_id` is a class whose subscription leads there.
    """

    type: Literal["receiver.paused"]

    @property
    def is_notice(self) -> bool:
        return False

    @property
    def subject(self) -> str:
        return f"Webhooks paused for Class {self.class_id}"


AnyEvent = EnrollmentPromoted | EnrollmentOffered | EnrollmentOfferEnded | EndpointPaused | ClassMessage | AccountMail
_ANY: TypeAdapter[Event] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="type")])


def decode(body: bytes) -> Event:
    """The event in a message body; its `type` says which.

    Raises:
        Undecodable: it is larger than 64 KiB, no JSON, of an unknown type, or not as its schema says.
    """
    if len(body) > LARGEST_BODY_BYTES:
        raise Undecodable(f"undecodable: {len(body)} bytes are more than the {LARGEST_BODY_BYTES} an event may have")
    try:
        return _ANY.validate_json(body)
    except ValidationError as error:
        facts = [_fact(one["loc"], one["type"], one.get("ctx", {})) for one in error.errors()]
        raise Undecodable(f"undecodable: {', '.join(facts)}"[:300]) from None


def _fact(path: tuple[int | str, ...], rule: str, context: dict[str, Any]) -> str:
    if rule == "union_tag_invalid":
        return f"unknown type {str(context['tag'])[:_LONGEST_TYPE_SHOWN]!a}"
    if rule == "union_tag_not_found":
        return "type: missing"
    return f"{'.'.join(map(str, path[1:])) or 'body'}: {rule}"  # the first is the type
