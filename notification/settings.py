"""Settings of the notification service and of its consumers (environment variables, see kit.settings)."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from kit.settings import AmqpSettings, RedisSettings
from notification.domain.addresses import Network
from notification.domain.retries import RetrySchedule


def _split(into: Callable[[str], Any]) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(into(part.strip()) for part in value.split(",") if part.strip())

    return BeforeValidator(read)


Networks = Annotated[tuple[Network, ...], NoDecode, _split(ip_network)]
Delays = Annotated[tuple[Annotated[float, Field(gt=0)], ...], NoDecode, _split(float), Field(min_length=1)]


class CallbackSettings(RedisSettings):
    """What both the service and the webhook consumer must agree on."""

    callback_allowed_networks: Networks = Field(default=(), description="non-public networks callbacks may lead to")


class NotificationSettings(CallbackSettings):
    """The HTTP service."""

    enrollment_url: str = Field(default="http://127.0.0.1:5300", description="asked whether a class exists")


class ConsumerSettings(CallbackSettings, AmqpSettings):
    """What both consumers have."""

    retry_delays_s: Delays = (5, 30, 300, 1800, 7200, 18000, 36000, 50400)
    sent_record_lifetime_s: int = Field(default=7 * 24 * 3600, ge=60, description="how long a notice is known as sent")
    shutdown_timeout_s: float = Field(default=4, gt=0, description="how long SIGTERM waits for messages in hand")

    @property
    def schedule(self) -> RetrySchedule:
        return RetrySchedule([round(delay * 1000) for delay in self.retry_delays_s])


class EmailSettings(ConsumerSettings):
    """The mail server. TLS: none, starttls (port 587) or tls (port 465); log in when SMTP_USERNAME is set."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=8025, ge=1, le=65535)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_password: str | None = Field(default=None, repr=False)
    smtp_timeout_s: float = Field(default=10, gt=0)
    mail_from: str = "cpsc449-backend@no-reply.com"
    email_in_flight: int = Field(default=4, ge=1, le=50, description="connections to the mail server")


class WebhookSettings(ConsumerSettings):
    """How webhooks are sent."""

    webhook_in_flight: int = Field(default=50, ge=1, le=500, description="webhooks under way at once")
    webhook_timeout_s: float = Field(default=10, gt=0, description="bound of a whole attempt, name look-up included")
