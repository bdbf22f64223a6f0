"""Settings of the notification service and of its consumers (environment variables, see kit.settings)."""

import re
from collections.abc import Callable
from datetime import tzinfo
from email.headerregistry import Address
from ipaddress import IPv4Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from kit.dates_in_words import ZoneName, zone_of
from kit.settings import (
    AmqpSettings,
    BackgroundSettings,
    DynamoSettings,
    RedisSettings,
    ServiceSettings,
    Settings,
    on_this_machine,
)
from notification.domain.addresses import Network
from notification.domain.event import ONE_ADDRESS
from notification.domain.retries import RetrySchedule


def _split(into: Callable[[str], Any]) -> BeforeValidator:
    def read(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(into(part.strip()) for part in value.split(",") if part.strip())

    return BeforeValidator(read)


# This machine's own services (loopback; 0.0.0.0 and :: lead there, too), and where clouds hand out credentials.
_NEVER: tuple[Any, ...] = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32",
        "::/127", "::ffff:0:0/96", "fe80::/10", "fd00:ec2::254/128",
    )
)  # fmt: skip


def _unsafe(network: Network) -> str | None:
    """Why callbacks may never lead there, whatever the operator says; None if they may."""
    # 8 and 16: the widest an organization has, 10.0.0.0/8 and an IPv6 allocation.
    if network.prefixlen < (8 if isinstance(network, IPv4Network) else 16):
        return "is nearly everything"
    if any(network.overlaps(one) for one in _NEVER if one.version == network.version):
        return "holds this machine's own services or the cloud's metadata"
    return None


Networks = Annotated[tuple[Network, ...], NoDecode, _split(ip_network)]
# RabbitMQ's own bound of x-message-ttl: 32 bits of milliseconds, some 49 days.
_Delay = Annotated[float, Field(ge=0.001, le=4_294_967)]
Delays = Annotated[tuple[_Delay, ...], NoDecode, _split(float), Field(min_length=1)]


def _writable(address: str) -> str:
    if not re.fullmatch(ONE_ADDRESS.strip("^$"), address) or not address.isascii():
        raise ValueError("is no e-mail address, and without one no mail can be sent")
    Address(addr_spec=address)  # raises ValueError
    return address


def _without_slash(url: str) -> str:
    if not re.fullmatch(r"https?://[!-;=?-~]+", url):  # stands between < and > in a header
        raise ValueError("is no http or https URL in ASCII")
    return url.rstrip("/")


class CallbackSettings(RedisSettings, DynamoSettings):
    """Settings that the service and the webhook consumer must agree on."""

    callback_allowed_networks: Networks = Field(default=(), description="non-public networks callbacks may lead to")
    webhook_timeout_s: float = Field(default=10, gt=0, description="bound of a whole attempt, name look-up included")

    @model_validator(mode="after")
    def _no_way_in_for_callbacks_in_production(self) -> "CallbackSettings":
        if self.environment == "production":
            for network in self.callback_allowed_networks:
                if fact := _unsafe(network):
                    raise ValueError(
                        f"CALLBACK_ALLOWED_NETWORKS: {network} {fact}, which is refused when ENVIRONMENT is production"
                    )
        return self


class MailSettings(Settings):
    """The mail server. TLS: none, starttls (port 587) or tls (port 465); log in when SMTP_USERNAME is set."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=8025, ge=1, le=65535)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_password: str | None = Field(default=None, repr=False)
    smtp_timeout_s: float = Field(default=10, gt=0, description="bound of each of the server's replies as a whole")
    smtp_mail_timeout_s: float = Field(
        default=600, gt=0, description="bound of the reply to the mail itself, RFC 5321 §4.5.3.2.6"
    )
    mail_from: Annotated[str, AfterValidator(_writable)] = "cpsc449-backend@no-reply.com"
    university_time_zone: ZoneName = "UTC"
    public_url: Annotated[str, AfterValidator(_without_slash)] = "http://localhost:5400"
    unsubscribe_link_secret: str | None = Field(
        default=None, repr=False, min_length=16, description="signs the links that end mails; without, mails have none"
    )

    @property
    def zone(self) -> tzinfo:
        """The university's, in which mails say when something happened."""
        return zone_of(self.university_time_zone)

    @model_validator(mode="after")
    def _no_readable_password_in_production(self) -> "MailSettings":
        readable = self.smtp_tls == "none" and not on_this_machine(f"smtp://{self.smtp_host}")
        if self.environment == "production" and self.smtp_username and readable:
            raise ValueError(
                "SMTP_TLS must be starttls or tls when ENVIRONMENT is production and SMTP_USERNAME is set: "
                "without, everybody on the way reads the password"
            )
        return self


class NotificationSettings(ServiceSettings, CallbackSettings, AmqpSettings, MailSettings):
    """The HTTP service."""

    enrollment_url: str = Field(
        default="http://127.0.0.1:5300",
        min_length=1,
        description="asked whether a class exists; commas between several",
    )
    redeliveries_per_minute: int = Field(default=10, ge=0, description="of each student; 0 is no limit")
    test_notices_per_minute: int = Field(default=5, ge=0, description="of each student; 0 is no limit")
    reply_within_s: float = Field(
        default=2.5,
        gt=0,
        description="after so long a request is answered 503 at the latest; tests of receivers may wait",
    )


class ConsumerSettings(CallbackSettings, AmqpSettings, BackgroundSettings):
    """Settings of both consumers."""

    retry_delays_s: Delays = (5, 30, 300, 1800, 7200, 18000, 36000, 50400)
    sent_record_lifetime_s: int = Field(default=7 * 24 * 3600, ge=60, description="how long a notice is known as sent")
    pause_after_s: float = Field(
        default=5 * 24 * 3600, gt=0, description="how long a receiver of webhooks fails before it is paused"
    )
    shutdown_timeout_s: float = Field(default=4, gt=0, description="how long SIGTERM waits for messages in flight")

    @property
    def schedule(self) -> RetrySchedule:
        return RetrySchedule([round(delay * 1000) for delay in self.retry_delays_s])


class EmailSettings(ConsumerSettings, MailSettings):
    """How mail is sent."""

    email_in_flight: int = Field(default=8, ge=1, le=50, description="connections to the mail server")
    email_digest_after: int = Field(
        default=5, ge=0, description="after so many mails to one student in a minute further ones are joined; 0: never"
    )
    email_digest_wait_s: float = Field(default=10, gt=0, le=60, description="how long they are gathered")


class WebhookSettings(ConsumerSettings):
    """How webhooks are sent."""

    webhook_in_flight: int = Field(default=50, ge=1, le=500, description="webhooks under way at once")
