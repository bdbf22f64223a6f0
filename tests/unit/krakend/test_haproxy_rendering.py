"""HAProxy's configuration as text: the addresses of services (krakend/haproxy/rendering.py)."""

from pathlib import Path

import pytest

from krakend.gateway.jwks import NO_KEYS
from krakend.gateway.settings import GatewaySettings
from krakend.haproxy import rendering
from krakend.pages.table import limits, routes


def configuration(users_url: str) -> str:
    nobody = "http://127.0.0.1:9"
    settings = GatewaySettings(
        environment="development",
        gateway="haproxy",
        users_url=users_url,
        enrollment_hosts=nobody,
        notification_url=nobody,
        pages_url=nobody,
        jwt_issuer="issuer",
        jwt_audience="audience",
    )
    return rendering.files(
        routes(), limits(), settings, NO_KEYS, folder=Path("/f"), bind="127.0.0.1:1", most_files=9_000
    )["haproxy.cfg"]


def lines(text: str, word: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith(f"{word} ")]


def test_several_addresses_are_several_servers() -> None:
    assert lines(configuration("http://10.0.0.1:5000, http://[fd00::1]:5000"), "server")[:2] == [
        "server s1 10.0.0.1:5000",
        "server s2 [fd00::1]:5000",
    ]


def test_https_is_tls_with_the_certificate_of_that_name() -> None:
    [users, *others] = lines(configuration("https://users.internal"), "server")
    assert users == (
        "server s1 users.internal:443 ssl verify required ca-file @system-ca sni 'str(users.internal)' "
        "check-sni 'users.internal' init-addr last,libc,none resolvers system"
    )
    assert not any("ssl" in line for line in others)


def test_names_are_asked_for_again_and_addresses_are_not() -> None:
    assert lines(configuration("http://users.internal:5000"), "resolvers") == ["resolvers system"]
    assert lines(configuration("http://127.0.0.1:5000"), "resolvers") == []


@pytest.mark.parametrize("url", ["users:5000", "http://", "ftp://users", "http://users/path"])
def test_what_is_no_address_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match="expected http://HOST:PORT"):
        configuration(url)
