"""Settings of the enrollment service and its two background processes."""

from datetime import tzinfo

from pydantic import Field, SecretStr

from kit.dates_in_words import ZoneName, zone_of
from kit.settings import AmqpSettings, BackgroundSettings, DynamoSettings, RedisSettings, ServiceSettings


class EnrollmentSettings(ServiceSettings, DynamoSettings, RedisSettings, AmqpSettings, BackgroundSettings):
    users_url: str = Field(
        default="http://127.0.0.1:5000",
        min_length=1,
        description="where instructors are looked up; commas between several",
    )
    publish_timeout_s: float = Field(default=1.0, gt=0, description="how long a drop may wait for RabbitMQ")
    reply_within_s: float = Field(
        default=2.5, gt=0, description="after so long a request is answered 503 at the latest"
    )
    position_wait_longest_s: float = Field(
        default=30, ge=0, le=30, description="how long a position may wait for its line to move; the gateway allows 35"
    )
    position_waits_most: int = Field(
        default=6_000, ge=0, description="positions that wait at a time; the others are answered at once"
    )
    list_max_age_s: float = Field(default=1.0, ge=0, description="how long GET /list may miss what others committed")
    public_url: str = Field(default="http://localhost:5400", description="where the gateway is, as mails link to it")
    offer_link_secret: SecretStr = Field(
        default=SecretStr(""), description="signs the links in mails that answer an offer; without it there are none"
    )
    university_time_zone: ZoneName = Field(default="UTC", description="in which the page of an offer says until when")
    relay_interval_s: float = Field(default=1.0, gt=0, description="how often the outbox is looked through")
    reconcile_interval_s: float = Field(default=30.0, gt=0, description="how often the two stores are compared")
    worker_threads: int = Field(
        default=64, gt=0, description="classes, and requests that read, in the database at the same time"
    )

    @property
    def zone(self) -> tzinfo:
        """The university's."""
        return zone_of(self.university_time_zone)

    @property
    def relay_age_s(self) -> float:
        """An outbox entry this old is no longer in flight in the request that wrote it."""
        return self.publish_timeout_s + 1.0
