"""JSON of replies about deliveries."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, PlainSerializer

from etc.contracts.channel import Channel
from kit.moments import rfc3339_ms
from notification.domain.delivery import Delivery, LoggedAttempt
from notification.domain.delivery import Result as Outcome
from notification.service.event_tester import Result

Moment = Annotated[datetime, PlainSerializer(rfc3339_ms)]  # RFC 3339, UTC, with milliseconds

_ID = "0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f-webhook"
_ATTEMPT = {
    "at": "2026-02-03T04:05:06.789Z",
    "status": 503,
    "duration_ms": 41,
    "error": "the receiver answered 503",
    "outcome": "retrying",
    "redelivery": False,
}
_DELIVERY = {
    "id": _ID,
    "class_id": 2,
    "type": "enrollment.promoted",
    "message": "Student with id: 4 has been enrolled in Class 2",
    "channel": "webhook",
    "target": "https://smee.io/iYNw…",
    "outcome": "retrying",
    "next_attempt_at": "2026-02-03T04:05:36.789Z",
    "attempts": [_ATTEMPT],
}


class AttemptReply(BaseModel):
    at: Moment = Field(examples=["2026-02-03T04:05:06.789Z"], description="when it began (RFC 3339, UTC)")
    status: int | None = Field(
        examples=[503],
        description="HTTP status of the receiver, or SMTP code of the mail server; null without an answer",
    )
    duration_ms: int | None = Field(examples=[41], description="how long it took, in milliseconds")
    error: str | None = Field(examples=["the receiver answered 503"], description="why it failed; null if it did not")
    outcome: Outcome = Field(examples=["retrying"], description="what came of it")
    redelivery: bool = Field(examples=[False], description="whether somebody asked for it to be sent again")

    @classmethod
    def of(cls, logged: LoggedAttempt) -> "AttemptReply":
        tried = logged.attempt
        return cls(
            at=tried.at,
            status=tried.status,
            duration_ms=tried.duration_ms,
            error=logged.error,
            outcome=logged.result,
            redelivery=logged.redelivery,
        )


class DeliveryReply(BaseModel):
    """One notice over one channel."""

    id: str = Field(examples=[_ID], description="names it in `/redeliver`")
    class_id: int = Field(examples=[2], description="the class it is about")
    type: str = Field(examples=["enrollment.promoted"], description="which event it tells of")
    message: str = Field(examples=["Student with id: 4 has been enrolled in Class 2"], description="what it says")
    channel: Channel = Field(examples=["webhook"], description="how it was sent")
    target: str = Field(examples=["https://smee.io/iYNw…"], description="where it was sent, shortened")
    outcome: Outcome = Field(
        examples=["retrying"], description="`delivered`, `retrying`, or `failed` for good, as of the last attempt"
    )
    next_attempt_at: Moment | None = Field(
        examples=["2026-02-03T04:05:36.789Z"], description="when it is tried again; null if it is not"
    )
    attempts: list[AttemptReply] = Field(examples=[[_ATTEMPT]], description="oldest first")

    @classmethod
    def of(cls, delivery: Delivery, target: str) -> "DeliveryReply":
        return cls(
            id=delivery.id,
            class_id=delivery.event.class_id,
            type=delivery.event.type,
            message=delivery.event.message,
            channel=Channel(delivery.channel),
            target=target,
            outcome=delivery.last.result,
            next_attempt_at=delivery.last.next_at,
            attempts=[AttemptReply.of(one) for one in delivery.attempts],
        )


class TestedChannel(BaseModel):
    channel: Channel = Field(examples=["webhook"], description="how it was sent")
    target: str = Field(examples=["https://smee.io/iYNw…"], description="where it was sent, shortened")
    delivered: bool = Field(examples=[True], description="whether it was taken")
    status: int | None = Field(
        examples=[200],
        description="HTTP status of the receiver, or SMTP code of the mail server; null without an answer",
    )
    duration_ms: int | None = Field(examples=[41], description="how long it took, in milliseconds")
    error: str | None = Field(examples=[None], description="why it failed; null if it did not")

    @classmethod
    def of(cls, result: Result) -> "TestedChannel":
        return cls(
            channel=Channel(result.channel),
            target=result.target,
            delivered=result.error is None,
            status=result.status,
            duration_ms=result.duration_ms,
            error=result.error,
        )


_TESTED = {
    "channel": "webhook",
    "target": "https://smee.io/iYNw…",
    "delivered": True,
    "status": 200,
    "duration_ms": 41,
    "error": None,
}


class Tested(BaseModel):
    message: str = Field(
        examples=["Test notice delivered to 1 of 1 channels"], description="how many channels took the notice"
    )
    results: list[TestedChannel] = Field(examples=[[_TESTED]], description="what came back, one for each channel")


class Redelivering(BaseModel):
    message: str = Field(
        examples=[f"Sending {_ID} again; the list of deliveries will show what came of it"],
        description="that it is on its way",
    )


class DeliveryList(BaseModel):
    deliveries: list[DeliveryReply] = Field(
        examples=[[_DELIVERY]],
        description="newest first, by the time of the first attempt; may be empty",
    )
    next_page: str | None = Field(
        examples=[_ID], description="ask for this `page` to go on with older ones; null on the last page"
    )
