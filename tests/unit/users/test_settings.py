"""Settings the users service refuses to start with."""

import pytest

from kit.settings import load
from users.settings import DemoSettings, UsersSettings


def test_without_issuer_or_audience_nothing_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JWT_ISSUER", raising=False)
    monkeypatch.setenv("JWT_AUDIENCE", "")

    with pytest.raises(SystemExit):
        load(UsersSettings)

    said = capsys.readouterr().err
    assert "JWT_ISSUER" in said
    assert "JWT_AUDIENCE" in said


def test_demo_users_are_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "everybody knows it")
    monkeypatch.setenv("ENVIRONMENT", "production")

    with pytest.raises(SystemExit):
        load(DemoSettings)
