"""JSON of replies."""

from datetime import datetime

from pydantic import BaseModel, Field

from notification.domain.signature import SigningSecrets


class Subscribed(BaseModel):
    message: str = Field(examples=["Subscribed to ClassID 2"], description="the subscription status")


class SubscriptionList(BaseModel):
    subscriptions: list[str] = Field(
        examples=[["2", "8"]], description="IDs of the classes the student is subscribed to, ascending; may be empty"
    )


class SubscriptionShown(BaseModel):
    email: str | None = Field(examples=["abhinav@example.com"])
    proxyURL: str | None = Field(examples=["https://smee.io/iYNweRTyM49bnItt"])  # noqa: N815 - as in the subscription
    language: str = Field(examples=["en"], description="of mails")
    format: str = Field(examples=["message"], description="of webhooks: message or event")


class Resumed(BaseModel):
    message: str = Field(examples=["Webhooks for ClassID 2 are sent"], description="that nothing is paused any more")


class Unsubscribed(BaseModel):
    message: str = Field(examples=["Unsubscribed from ClassID 8"], description="the unsubscription status")


class WebhookSecret(BaseModel):
    secret: str = Field(examples=["whsec_…"], description="what the student's webhooks are signed with")
    old_until: datetime | None = Field(
        examples=["2023-12-14T07:09:27Z"],
        description="until when a secret before this one signs, too; null if none does",
    )

    @classmethod
    def of(cls, secrets: SigningSecrets) -> "WebhookSecret":
        return cls(secret=secrets.current, old_until=secrets.old_until)
