"""Settings of the gateway, whichever of the two it is."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from kit.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Addresses of services may list several, with commas between: requests are shared among them."""

    gateway: Literal["krakend", "haproxy"]
    var_dir: Path = Path("var")
    gateway_host: str = "127.0.0.1"
    gateway_port: int = Field(default=5400, ge=1, le=65533)
    gateway_metrics_port: int | None = Field(default=None, ge=1, le=65535, description="default: GATEWAY_PORT + 1")
    gateway_own_port: int | None = Field(default=None, ge=1, le=65535, description="default: GATEWAY_PORT + 2")
    gateway_folder: Path | None = Field(default=None, description="default: VAR_DIR/gateway")
    gateway_access_log: Literal["all", "errors", "none"] = Field(default="all", description="HAProxy's lines of JSON")
    gateway_rate_per_user: int | None = Field(default=None, ge=0, description="requests a second; 0 is no limit")
    gateway_rate_per_address: int | None = Field(default=None, ge=0, description="of those without a token; same")

    users_url: str
    enrollment_hosts: str
    notification_url: str
    pages_url: str

    jwt_issuer: str = Field(min_length=1, description="`iss` that every token must have")
    jwt_audience: str = Field(min_length=1, description="`aud` that every token must have")
    cors_origins: str = Field(default="", description="origins whose scripts may read replies; commas between")
    trusted_proxies: str = Field(default="", description="networks whose X-Forwarded-For is believed; commas between")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for network in _listed(value):
            ip_network(network, strict=False)
        return value

    @property
    def services(self) -> dict[str, list[str]]:
        """The addresses of each service, by the name it has in the table of routes."""
        given = {
            "users": self.users_url,
            "enrollment": self.enrollment_hosts,
            "notification": self.notification_url,
            "pages": self.pages_url,
        }
        return {name: _listed(urls) for name, urls in given.items()}

    @property
    def origins(self) -> list[str]:
        return _listed(self.cors_origins)

    @property
    def proxies(self) -> list[str]:
        return _listed(self.trusted_proxies)

    @property
    def folder(self) -> Path:
        """What the gateway keeps between starts: the keys, and HAProxy's configuration."""
        return (self.gateway_folder or self.var_dir / "gateway").resolve()

    @property
    def metrics_port(self) -> int:
        return self.gateway_metrics_port or self.gateway_port + 1

    @property
    def own_port(self) -> int:
        """The runner's: keys for KrakenD, and metrics."""
        return self.gateway_own_port or self.gateway_port + 2

    def rate_per_user(self, limits: Mapping[str, Any]) -> int:
        return _chosen(self.gateway_rate_per_user, limits["rate_per_user"])

    def rate_per_address(self, limits: Mapping[str, Any]) -> int:
        return _chosen(self.gateway_rate_per_address, limits["rate_per_address"])


def _chosen(setting: int | None, default: int) -> int:
    return default if setting is None else setting


def _listed(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]
