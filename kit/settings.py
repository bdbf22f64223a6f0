"""Settings every process has, and how they are read: once, from environment variables, typed.

The variable's name is the field's name in capitals. An empty variable counts as absent.
"""

import sys
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

S = TypeVar("S", bound="Settings")


class Settings(BaseSettings):
    """The part of the settings that does not depend on the service."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    environment: Literal["development", "production"] = "production"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    fault_point: str | None = Field(default=None, description="where to die on purpose, see kit.faults")

    @model_validator(mode="after")
    def _no_faults_in_production(self) -> "Settings":
        if self.environment == "production" and self.fault_point:
            raise ValueError("FAULT_POINT is for tests: it must be empty when ENVIRONMENT is production")
        return self


class DynamoSettings(Settings):
    """Where DynamoDB is. Credentials and region are boto3's own variables (AWS_ACCESS_KEY_ID and so on)."""

    dynamodb_endpoint: str | None = Field(default=None, description="URL of DynamoDB Local; unset means AWS")
    aws_default_region: str = "us-west-2"
    table_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$")


class RedisSettings(Settings):
    """Where Redis (or Valkey) is."""

    redis_url: str = "redis://127.0.0.1:6379/0"


class AmqpSettings(Settings):
    """Where RabbitMQ is, and what its exchange and queues are called."""

    amqp_url: str = "amqp://guest:guest@127.0.0.1:5672/%2F"
    amqp_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$", description="put before every name")


def load(kind: type[S]) -> S:
    """The settings, or the end of the process with one line for each variable that is wrong."""
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]).upper() or "settings"
            print(f"{name}: {problem['msg']}", file=sys.stderr)  # noqa: T201 - logging is not set up yet
        raise SystemExit(2) from None
