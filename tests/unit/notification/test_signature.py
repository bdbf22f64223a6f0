"""Signatures, checked by the specification's own library and its example."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from notification.domain.signature import SigningSecrets, new_secret, signature_header

BODY = b'{"message": "Student with id: 4 has been enrolled in Class 2"}'
ID = "0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f"


def headers(secrets: tuple[str, ...], timestamp_s: int, body: bytes = BODY) -> dict[str, str]:
    signature = signature_header(secrets, ID, timestamp_s, body)
    return {"webhook-id": ID, "webhook-timestamp": str(timestamp_s), "webhook-signature": signature}


def now_s() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_example_of_the_specification_comes_out() -> None:
    secret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = signature_header([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(max_size=200).map(str.encode))
def test_the_official_library_verifies_every_body(body: bytes) -> None:
    secret = new_secret()
    Webhook(secret).verify(body, headers((secret,), now_s(), body), json_parse=False)


def test_each_valid_secret_signs() -> None:
    signing = SigningSecrets(new_secret(), (new_secret(), new_secret()))
    for secret in signing.all:
        Webhook(secret).verify(BODY, headers(signing.all, now_s()))


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "another"},
        {"webhook-timestamp": "a second later"},
        {"webhook-signature": "v1," + "A" * 43 + "="},
        {"webhook-signature": ""},
    ],
    ids=str,
)
def test_what_is_changed_on_the_way_is_not_verified(changed: dict[str, str]) -> None:
    secret, signed_at_s = new_secret(), now_s() - 5
    if "webhook-timestamp" in changed:
        changed = {"webhook-timestamp": str(signed_at_s + 1)}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers((secret,), signed_at_s) | changed)


def test_another_body_another_secret_and_an_old_one_are_not_verified() -> None:
    secret = new_secret()
    for verify, given_headers, body in (
        (Webhook(secret), headers((secret,), now_s()), BODY + b" "),
        (Webhook(new_secret()), headers((secret,), now_s()), BODY),
        (Webhook(secret), headers((secret,), now_s() - 301), BODY),
    ):
        with pytest.raises(WebhookVerificationError):
            verify.verify(body, given_headers)


def test_secrets_are_long_and_never_the_same() -> None:
    made = {new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(secret) for secret in made} == {len("whsec_") + 44}
