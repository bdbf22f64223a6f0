from ipaddress import ip_network

import pytest

from kit.settings import load
from notification.settings import EmailSettings, WebhookSettings


@pytest.fixture(autouse=True)
def _development(monkeypatch: pytest.MonkeyPatch) -> None:
    """Production asks for more than these tests are about."""
    monkeypatch.setenv("ENVIRONMENT", "development")


@pytest.fixture(autouse=True)
def in_development(monkeypatch: pytest.MonkeyPatch) -> None:
    """Production, the default, refuses more: see tests/unit/kit/test_settings.py."""
    monkeypatch.setenv("ENVIRONMENT", "development")


def test_lists_are_read_from_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRY_DELAYS_S", "0.2, 5,30")
    monkeypatch.setenv("CALLBACK_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128")
    settings = load(WebhookSettings)
    assert list(settings.schedule.delays_ms) == [200, 5000, 30000]
    assert settings.callback_allowed_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def test_nothing_is_allowed_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLBACK_ALLOWED_NETWORKS", raising=False)
    assert load(WebhookSettings).callback_allowed_networks == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [("RETRY_DELAYS_S", "soon"), ("RETRY_DELAYS_S", ","), ("RETRY_DELAYS_S", "5,-1"), ("RETRY_DELAYS_S", "5,5000000"),
     ("MAIL_FROM", "nobody"), ("MAIL_FROM", "a@b@c"), ("MAIL_FROM", "jösé@example.com"), ("MAIL_FROM", "a@b, c@d"),
     ("CALLBACK_ALLOWED_NETWORKS", "localhost"), ("SMTP_PORT", "70000"), ("SMTP_TLS", "maybe")],
)  # fmt: skip
def test_a_wrong_setting_ends_the_start_with_its_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(EmailSettings)
    assert capsys.readouterr().err.startswith(name)


def test_the_mail_servers_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "secret")
    assert "secret" not in repr(load(EmailSettings))
