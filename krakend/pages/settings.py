"""Settings of the pages service."""

from typing import Literal

from pydantic import Field

from kit.settings import ServiceSettings


class PagesSettings(ServiceSettings):
    """The addresses are the gateway's own variables; each may list several, with commas between."""

    users_url: str = Field(default="http://127.0.0.1:5000", description="asked for its OpenAPI")
    enrollment_hosts: str = Field(default="http://127.0.0.1:5300", description="asked for their OpenAPI")
    notification_url: str = Field(default="http://127.0.0.1:5600", description="asked for its OpenAPI")

    health_urls: str = Field(
        default="",
        pattern=r"^\s*(?:[\w-]+=\S+(?:\s+|$))*$",
        description="where background processes answer /health/ready: NAME=URL, with spaces between",
    )

    gateway_url: str = Field(default="", description="asked whether it takes requests; empty: not asked")
    smtp_host: str = Field(default="", description="the mail server that is greeted now and then; empty: none is")
    smtp_port: int = Field(default=8025, ge=1, le=65535)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"

    @property
    def processes(self) -> dict[str, list[str]]:
        """The addresses of all that have a health, by name."""
        found = dict(self.services)
        for name, _, url in (each.partition("=") for each in self.health_urls.split()):
            found.setdefault(name, []).append(url)
        return found

    @property
    def services(self) -> dict[str, list[str]]:
        """The addresses of each service, by the name it has in the table of routes."""
        given = {
            "users": self.users_url,
            "enrollment": self.enrollment_hosts,
            "notification": self.notification_url,
        }
        return {name: [url.strip() for url in urls.split(",")] for name, urls in given.items()}
