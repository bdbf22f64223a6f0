"""Settings every process has, and how they are read: once, from environment variables, typed.

The variable's name is the field's name in capitals. An empty variable counts as absent.
"""

import re
import sys
from ipaddress import ip_address
from typing import Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.hosts import REDIS_CLUSTER, each_host

S = TypeVar("S", bound="Settings")

SHORTEST_SECRET = 32


class Settings(BaseSettings):
    """The part of the settings that does not depend on the service."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    environment: Literal["development", "production"] = "production"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] | None = Field(default=None, description="default: text in development only")
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="where traces go, see observability.tracing"
    )
    fault_point: str | None = Field(default=None, description="where to die on purpose, see kit.faults")

    @property
    def log_style(self) -> Literal["json", "text"]:
        """LOG_FORMAT, or what suits the environment."""
        return self.log_format or ("text" if self.environment == "development" else "json")

    @model_validator(mode="after")
    def _no_faults_in_production(self) -> "Settings":
        if self.environment == "production" and self.fault_point:
            raise ValueError("FAULT_POINT is for tests: it must be empty when ENVIRONMENT is production")
        return self


class ServiceSettings(Settings):
    """Settings of a process that answers HTTP requests or sends them to another service."""

    gateway_secret: SecretStr | None = Field(
        default=None, description="what requests must carry, see web.shared_secret"
    )
    max_body_bytes: int = Field(default=65_536, ge=1, description="of a request, see web.body_limit")

    @model_validator(mode="after")
    def _no_open_port_in_production(self) -> "ServiceSettings":
        secret = self.gateway_secret.get_secret_value() if self.gateway_secret else ""
        if not re.fullmatch(r"[!-~]*", secret):
            raise ValueError("GATEWAY_SECRET must be of visible ASCII characters: it travels in a header")
        if self.environment == "production" and len(secret) < SHORTEST_SECRET:
            raise ValueError(
                f"GATEWAY_SECRET must be set when ENVIRONMENT is production, to {SHORTEST_SECRET} random characters "
                "or more (openssl rand -hex 32), the same for the gateway and all services"
            )
        return self

    @property
    def caller_headers(self) -> dict[str, str]:
        """Headers that a request to another service must carry."""
        return {"X-Gateway-Secret": self.gateway_secret.get_secret_value()} if self.gateway_secret else {}


class BackgroundSettings(Settings):
    """Settings of a background worker, see kit.web.health_port."""

    health_port: int | None = Field(default=None, ge=1, le=65535, description="where health and metrics are asked for")
    health_host: str = Field(default="127.0.0.1", description="the address that port is opened on")


class DynamoSettings(Settings):
    """Where DynamoDB is. Credentials and region are boto3's own variables (AWS_ACCESS_KEY_ID and so on)."""

    dynamodb_endpoint: str | None = Field(default=None, description="URL of DynamoDB Local; unset means AWS")
    aws_default_region: str = "us-west-2"
    table_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$")

    @model_validator(mode="after")
    def _no_open_database_in_production(self) -> "DynamoSettings":
        if self.environment == "production" and self.dynamodb_endpoint and not on_this_machine(self.dynamodb_endpoint):
            raise ValueError(
                "DYNAMODB_ENDPOINT must be unset (which means AWS) or on this machine when ENVIRONMENT is production: "
                "DynamoDB Local lets in whoever reaches it"
            )
        return self


class RedisSettings(Settings):
    """Where Redis (or Valkey) is: `redis://host:port/0`, or a cluster, `redis-cluster://host:port,host:port…`
    (`rediss://`, `rediss-cluster://`: over TLS)."""

    redis_url: str = Field(default="redis://127.0.0.1:6379/0", repr=False)

    @model_validator(mode="after")
    def _of_one_server_or_a_cluster(self) -> "RedisSettings":
        url, several = urlsplit(self.redis_url), len(each_host(self.redis_url)) > 1
        if url.scheme not in REDIS_CLUSTER and several:
            raise ValueError("REDIS_URL names several hosts: those of a cluster begin with redis-cluster://")
        if url.scheme in REDIS_CLUSTER and url.path not in ("", "/", "/0"):
            raise ValueError("REDIS_URL names a database, but a cluster has 0 alone")
        return self

    @model_validator(mode="after")
    def _no_open_store_in_production(self) -> "RedisSettings":
        url = urlsplit(self.redis_url)
        password = url.password or parse_qs(url.query).get("password")
        ours = all(on_this_machine(each) for each in each_host(self.redis_url))
        if self.environment == "production" and not password and not ours:
            raise ValueError(
                "REDIS_URL must hold a password when ENVIRONMENT is production and Redis is on another machine"
            )
        return self


class AmqpSettings(Settings):
    """Where RabbitMQ is (`amqp://user:…@host:port,host:port/vhost` names the nodes of a cluster), and what its
    exchange and queues are called."""

    amqp_url: str = Field(default="amqp://guest:guest@127.0.0.1:5672/%2F", repr=False)
    amqp_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]*$", description="put before every name")

    @model_validator(mode="after")
    def _no_guest_in_production(self) -> "AmqpSettings":
        url = urlsplit(self.amqp_url)
        if self.environment == "production" and (not url.password or "guest" in (url.username, url.password)):
            raise ValueError(
                "AMQP_URL must name a user of our own and a password when ENVIRONMENT is production: "
                "everybody knows RabbitMQ's guest"
            )
        return self


def on_this_machine(url: str) -> bool:
    """Whether the URL leads to loopback or names no host (a socket file)."""
    host = urlsplit(url).hostname
    if host is None or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load(kind: type[S]) -> S:
    """The settings, or the end of the process with one line for each variable that is wrong."""
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]).upper()
            # A rule about several variables has no name of its own; its text says which.
            said = f"{name}: {problem['msg']}" if name else problem["msg"].removeprefix("Value error, ")
            print(said, file=sys.stderr)  # noqa: T201 - logging is not set up yet
        raise SystemExit(2) from None
