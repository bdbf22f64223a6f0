"""Path parameters and bodies of requests."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, EmailStr, Field

from kit.web.params import SAFE_TEXT, Id, UserName
from notification.domain.callback_url import LONGEST_URL

LONGEST_ENCODED = 8000  # as it arrives; how long the URL itself may be is a rule of notification.domain.callback_url
_AT_MOST = f"Plain it may have {LONGEST_URL:,} characters."

StudentId = Annotated[Id, Path(description="The student's ID.", examples=[4])]
ClassId = Annotated[Id, Path(description="The class ID.", examples=[2])]
StudentName = Annotated[UserName, Path(description="The student's user name.", examples=["abhinav"])]
Email = Annotated[
    EmailStr,
    Path(
        max_length=254,
        description="Where mail is to go.",
        examples=["abhinav@example.com"],
        json_schema_extra={"pattern": SAFE_TEXT},
    ),
]
ProxyUrl = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_ENCODED,
        description=f"Where webhooks are to go: an http or https URL, percent-encoded. {_AT_MOST}",
        examples=["https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"],
        json_schema_extra={"format": "callback-url"},
    ),
]


WebhookFormat = Annotated[
    Literal["message", "event"] | None,
    Query(
        description="what webhooks hold: `message`, the sentence alone, as by default, or `event`: "
        '`{"type", "class_id", "student_id", "occurred_at"}`, and `offered_until` of an offer',
    ),
]


def _one_or_both(schema: dict[str, Any]) -> None:
    """Two kinds of body, each whole: clients that are generated of it know all members of either."""
    known = schema["properties"]
    given = {name: {**known[name], **known[name]["anyOf"][0]} for name in ("email", "proxyURL")}
    for one in given.values():
        del one["anyOf"], one["default"]
    schema["examples"] = [{"email": "abhinav@example.com", "proxyURL": "https://smee.io/iYNweRTyM49bnItt"}]
    schema["anyOf"] = [
        {"type": "object", "required": [name], "properties": {**known, name: given[name]}} for name in given
    ]


class Channels(BaseModel):
    """Where notices are to go; give one or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=_one_or_both,
    )

    email: Annotated[EmailStr, Field(max_length=254)] | None = Field(default=None, description="Where mail is to go.")
    proxyURL: Annotated[str, Field(min_length=1, max_length=LONGEST_ENCODED)] | None = Field(  # noqa: N815 - fixed by the contract
        default=None,
        description=f"Where webhooks are to go: an http or https URL, plain or percent-encoded. {_AT_MOST}",
        json_schema_extra={"format": "callback-url"},
    )
    language: Literal["en", "de", "es"] | None = Field(default=None, description="Of mails; English if left out.")
