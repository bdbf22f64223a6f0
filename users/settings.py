"""Settings of the users service and its commands."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, model_validator

from kit.sessions import LONGEST_TOKEN_S
from kit.settings import DynamoSettings, ServiceSettings, Settings
from users.domain.tokens import LONGEST_TOKEN_LIFETIME_S


class SigningKeySettings(Settings):
    """Where the keys are that sign tokens. `keys_dir` has no default: whoever reads it can sign."""

    keys_dir: Path = Field(description="a folder of users' own; one folder for all its instances")
    key_publish_lead_s: int = Field(
        default=300, ge=1, description="how long a new key is published before it signs; gateways fetch keys more often"
    )

    @property
    def jwks_max_age_s(self) -> int:
        """How long others may keep the public keys without asking again."""
        return max(1, self.key_publish_lead_s // 5)


class UsersSettings(ServiceSettings, DynamoSettings, SigningKeySettings):
    """`jwt_issuer` and `jwt_audience` have no default: tokens that say neither would pass anywhere."""

    jwt_issuer: str = Field(min_length=1, description="`iss` of every token; gateways check it")
    jwt_audience: str = Field(min_length=1, description="`aud` of every token; gateways check it")
    amqp_url: str | None = Field(default=None, repr=False, description="where mails go; unset: none are sent")
    amqp_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$", description="before the names of queues")
    public_url: str = Field(default="http://localhost:5400", description="where links in mails lead: the gateway")
    reply_within_s: float = Field(default=2.2, ge=2, le=9, description="the deadline of every request")
    token_lifetime_s: int = Field(default=1800, ge=60, le=LONGEST_TOKEN_LIFETIME_S)
    session_token_lifetime_s: int = Field(
        default=300,
        ge=60,
        le=LONGEST_TOKEN_S,
        description="access tokens of sessions; good after a log-out where a service cannot hear of it",
    )
    session_idle_s: int = Field(default=7200, ge=60, description="a session that is not refreshed for so long is over")
    session_lifetime_s: int = Field(default=43_200, ge=60, description="so long after the login a session is over")
    # Their meaning and reason: users.service.sign_in_limits. 0 is no limit.
    tries_per_minute: int = Field(default=10, ge=0, description="login and checkpwd of one account from one address")
    failures_per_address: int = Field(
        default=300,
        ge=0,
        description="wrong passwords of one address (of IPv6: one /64) in a minute; registrations alike",
    )
    failures_per_account: int = Field(
        default=20, ge=0, description="wrong passwords for one account in ten minutes, from addresses new to it"
    )
    # One core is left for everything else.
    hashes_at_once: int = Field(default=max(1, (os.cpu_count() or 1) - 1), ge=1)
    sign_in_threads: int = Field(default=16, ge=1, description="requests about a password at the same time")
    sign_in_queue: int = Field(default=200, ge=0, description="how many more may wait for their turn")


class DemoSettings(DynamoSettings):
    """Settings of users.cli.development_data beside the database's."""

    demo_password: SecretStr = Field(min_length=8, description="one password for all demo users")

    @model_validator(mode="after")
    def _only_in_development(self) -> "DemoSettings":
        if self.environment == "production":
            raise ValueError("demo users, whose password everybody knows, are for ENVIRONMENT=development")
        return self
