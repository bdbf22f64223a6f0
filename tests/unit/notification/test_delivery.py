"""What is shown of where a notice went: enough to tell two apart, and nothing to send there with."""

import pytest

from notification.adapters.resolver import Resolver
from notification.domain.delivery import EndpointIsPaused, NoSuchDelivery, masked_address, masked_url
from notification.domain.signature import SigningSecrets
from notification.senders.email import EmailSender
from notification.senders.webhook import WebhookSender
from notification.settings import MailSettings
from tests.unit.notification.test_mail import EVENT

EMAIL = EmailSender(MailSettings(environment="development"))
WEBHOOK = WebhookSender(
    Resolver(1), (), timeout_s=1, secrets_of=lambda _: SigningSecrets(""), end_subscription=lambda _: None
)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt", "https://smee.io/iYNw…"),
        ("https%3A%2F%2Fsmee.io%2Fabcd", "https://smee.io/abcd"),
        ("https%3A%2F%2Fsmee.io%2Fabcde", "https://smee.io/abcd…"),
        ("https%3A%2F%2Fsmee.io%2Fa%3Fkey%3Dsecret", "https://smee.io/a…"),
        ("nowhere", "not a URL"),
    ],
)
def test_of_a_url_the_first_characters_of_the_path_are_shown(stored: str, shown: str) -> None:
    assert masked_url(stored) == shown


def test_of_an_address_the_first_character_is_shown() -> None:
    assert masked_address("abhinav@example.com") == "a…@example.com"


def test_a_sender_shows_its_own_target_and_of_none_nothing() -> None:
    both = EVENT.model_copy(update={"proxy_url": "https%3A%2F%2Fsmee.io%2Fabcd"})
    assert (WEBHOOK.target(both), EMAIL.target(both)) == ("https://smee.io/abcd", "a…@example.com")
    neither = EVENT.model_copy(update={"email": None})
    assert (WEBHOOK.target(neither), EMAIL.target(neither)) == ("not a URL", "…@")


def test_only_webhooks_have_endpoints_that_may_be_paused() -> None:
    both = EVENT.model_copy(update={"proxy_url": "https%3A%2F%2Fsmee.io%2Fabcd"})
    assert (WEBHOOK.endpoint(both), EMAIL.endpoint(both)) == ("https%3A%2F%2Fsmee.io%2Fabcd", None)


def test_refusals_say_what_to_do() -> None:
    assert NoSuchDelivery("x-email").detail == (
        "Nothing with the id x-email was sent to this student in 30 days; list the deliveries first"
    )
    assert EndpointIsPaused(2).detail == (
        "Webhooks to this URL are paused; resume them first: POST /student/subscribe/2/resume"
    )
