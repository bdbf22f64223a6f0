"""What production refuses to start with, each with the variable's name."""

import pytest

from enrollment.settings import EnrollmentSettings
from kit.settings import Settings, load
from notification.settings import EmailSettings, NotificationSettings, WebhookSettings
from users.settings import UsersSettings

SECRET = "0123456789abcdef0123456789abcdef"
SAFE = {
    "ENVIRONMENT": "production",
    "GATEWAY_SECRET": SECRET,
    "AMQP_URL": "amqps://enrollment:a-generated-one@rabbitmq.internal/%2F",
    "REDIS_URL": "rediss://:a-generated-one@redis.internal:6379/0",
    "DYNAMODB_ENDPOINT": "",
    "CALLBACK_ALLOWED_NETWORKS": "",
    "SMTP_HOST": "smtp.internal",
    "SMTP_TLS": "starttls",
    "SMTP_USERNAME": "enrollment",
    "JWT_ISSUER": "the issuer",
    "JWT_AUDIENCE": "the audience",
    "KEYS_DIR": "/var/lib/enrollment/keys",
    "FAULT_POINT": "",
}
EVERY_KIND = [UsersSettings, EnrollmentSettings, NotificationSettings, EmailSettings, WebhookSettings]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_what_is_safe_starts(kind: type[Settings], set_up: pytest.MonkeyPatch) -> None:
    assert load(kind).environment == "production"


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        *[(kind, "GATEWAY_SECRET", v) for kind in EVERY_KIND[:3] for v in ("", "short", SECRET[:-1])],
        *[(kind, "AMQP_URL", "") for kind in EVERY_KIND[1:]],
        (EnrollmentSettings, "AMQP_URL", "amqp://guest:guest@rabbitmq.internal/%2F"),
        (EnrollmentSettings, "AMQP_URL", "amqp://enrollment:guest@rabbitmq.internal/%2F"),
        (EnrollmentSettings, "AMQP_URL", "amqp://enrollment@rabbitmq.internal/%2F"),
        (EnrollmentSettings, "AMQP_URL", "amqp://rabbitmq.internal/%2F"),
        (EnrollmentSettings, "REDIS_URL", "redis://redis.internal:6379/0"),
        (NotificationSettings, "REDIS_URL", "redis://10.0.0.7/0"),
        (WebhookSettings, "REDIS_URL", "rediss://user@redis.internal/0"),
        (EnrollmentSettings, "REDIS_URL", "redis-cluster://127.0.0.1:6379,redis.internal:6379"),
        (EnrollmentSettings, "REDIS_URL", "redis://127.0.0.1:6379,127.0.0.1:6380/0"),
        (EnrollmentSettings, "REDIS_URL", "redis-cluster://127.0.0.1:6379,127.0.0.1:6380/1"),
        (EnrollmentSettings, "AMQP_URL", "amqp://enrollment@r1.internal,r2.internal/%2F"),
        (EnrollmentSettings, "DYNAMODB_ENDPOINT", "http://dynamodb.internal:8000"),
        (UsersSettings, "DYNAMODB_ENDPOINT", "http://10.0.0.7:8000"),
        *[(NotificationSettings, "CALLBACK_ALLOWED_NETWORKS", v)
          for v in ("0.0.0.0/0", "::/0", "8.0.0.0/6", "2000::/3", "127.0.0.0/8", "::1", "10.0.0.0/8,127.0.0.1",
                    "169.254.169.254", "100.64.0.0/10", "fd00::/8", "::ffff:127.0.0.1")],
        (WebhookSettings, "CALLBACK_ALLOWED_NETWORKS", "0.0.0.0/0"),
        (EmailSettings, "SMTP_TLS", "none"),
        (NotificationSettings, "SMTP_TLS", "none"),
        (EmailSettings, "FAULT_POINT", "email.received"),
    ],
)  # fmt: skip
def test_what_is_not_ends_the_start_with_the_variables_name(
    kind: type[Settings], name: str, value: str, set_up: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up.setenv(name, value)
    with pytest.raises(SystemExit):
        load(kind)
    said = capsys.readouterr().err
    assert said.startswith(name)
    assert "a-generated-one" not in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (EnrollmentSettings, "REDIS_URL", "redis://127.0.0.1:6379/0"),
        (EnrollmentSettings, "REDIS_URL", "redis://[::1]:6379/0"),
        (EnrollmentSettings, "REDIS_URL", "unix:///run/redis.sock"),
        (EnrollmentSettings, "REDIS_URL", "redis://redis.internal/0?password=a-generated-one"),
        (EnrollmentSettings, "REDIS_URL", "redis-cluster://127.0.0.1:6379,127.0.0.1:6380"),
        (EnrollmentSettings, "REDIS_URL", "rediss-cluster://:a-generated-one@redis.internal,10.0.0.7:6380/0"),
        (EnrollmentSettings, "AMQP_URL", "amqps://enrollment:a-generated-one@r1.internal,r2.internal:5671/%2F"),
        (EnrollmentSettings, "DYNAMODB_ENDPOINT", "http://127.0.0.1:5500"),
        (WebhookSettings, "CALLBACK_ALLOWED_NETWORKS", "10.20.0.0/16,fd12:3456::/32"),
        (EmailSettings, "SMTP_USERNAME", ""),
    ],
)
def test_what_only_looks_unsafe_starts(kind: type[Settings], name: str, value: str, set_up: pytest.MonkeyPatch) -> None:
    set_up.setenv(name, value)
    assert load(kind).environment == "production"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_no_password_is_shown(kind: type[Settings], set_up: pytest.MonkeyPatch) -> None:
    shown = repr(load(kind)) + str(load(kind))
    assert "a-generated-one" not in shown
    assert SECRET not in shown


def test_a_secret_that_no_header_can_hold_is_refused_in_development_too(
    set_up: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up.setenv("ENVIRONMENT", "development")
    set_up.setenv("GATEWAY_SECRET", "two words\n" + SECRET)
    with pytest.raises(SystemExit):
        load(UsersSettings)
    assert capsys.readouterr().err.startswith("GATEWAY_SECRET")
