"""The event `enrollment.promoted`, as etc/schemas/enrollment.promoted.json describes it.

Types are strict; fields this version does not know are ignored, so that a newer publisher and an older consumer
can run side by side. tests/contract holds this model and the schema against each other.
"""

from contextlib import suppress
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

LARGEST_BODY_BYTES = 64 * 1024

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_UTC = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|\+00:00)$"
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"
ONE_ADDRESS = r"^[^\x00-\x20\x7f@,;:<>()\[\]\\\"]+@[^\x00-\x20\x7f@,;:<>()\[\]\\\"]+$"
_ENCODED_ONCE = r"^[A-Za-z0-9._~%-]+$"

_Id = Annotated[int, Field(ge=1, le=2**53 - 1)]


class Undecodable(Exception):
    """The body is no event. Its text names the fields and rules, never the values."""


class EnrollmentPromoted(BaseModel):
    """A student moved from the waitlist to a seat."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    id: str = Field(pattern=_UUID)
    type: Literal["enrollment.promoted"]
    occurred_at: str = Field(pattern=_UTC)
    student_id: _Id
    class_id: _Id
    message: str = Field(pattern=_NO_CONTROLS, max_length=1000)
    email: str | None = Field(pattern=ONE_ADDRESS, max_length=254)
    proxy_url: str | None = Field(pattern=_ENCODED_ONCE, max_length=6000)
    history_number: int = Field(default=0, ge=0, le=2**53 - 1)
    history_hash: str = Field(default="0" * 64, pattern=r"^[0-9a-f]{64}$")

    @property
    def subject(self) -> str:
        """Of the mail."""
        return f"Enrolled in Class {self.class_id}"


class ReceiverPaused(EnrollmentPromoted):
    """Our own, from the webhook consumer to the one of mails: nothing arrived at a student's receiver for days.

    `message` says so; `class_id` is a class whose subscription leads there.
    """

    type: Literal["receiver.paused"]  # type: ignore[assignment]

    @property
    def subject(self) -> str:
        return f"Webhooks paused for Class {self.class_id}"


def decode(body: bytes) -> EnrollmentPromoted:
    """The event in a message body.

    Raises:
        Undecodable: it is larger than 64 KiB, no JSON, or not as the schema says.
    """
    if len(body) > LARGEST_BODY_BYTES:
        raise Undecodable(f"undecodable: {len(body)} bytes are more than the {LARGEST_BODY_BYTES} an event may have")
    try:
        return EnrollmentPromoted.model_validate_json(body)
    except ValidationError as error:
        with suppress(ValidationError):
            return ReceiverPaused.model_validate_json(body)
        facts = [f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['type']}" for one in error.errors()]
        raise Undecodable(f"undecodable: {', '.join(facts)}"[:300]) from None
