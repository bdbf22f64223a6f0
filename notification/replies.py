"""What replies carry."""

from pydantic import BaseModel, Field


class Subscribed(BaseModel):
    message: str = Field(examples=["Subscribed to ClassID 2"], description="the subscription status")


class SubscriptionList(BaseModel):
    subscriptions: list[str] = Field(
        examples=[["2", "8"]], description="IDs of the classes the student is subscribed to, ascending; may be empty"
    )


class Unsubscribed(BaseModel):
    message: str = Field(examples=["Unsubscribed from ClassID 8"], description="the unsubscription status")
