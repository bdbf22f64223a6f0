"""Mails that are ended by the link in one of them."""

from collections.abc import Iterator

import httpx
import pytest

from notification.domain.mail_links import UnsubscribeLinks
from notification.domain.subscription import Subscription
from notification.stores import Stores
from tests.integration.notification.serving import Service, serving
from tests.support.http import TLS
from tests.support.waiting import until

SECRET = "a secret for tests"
LINKS = UnsubscribeLinks(SECRET)
MAIL, HOOK = "abhinav@example.com", "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"


@pytest.fixture(scope="module")
def service(redis_url: str) -> Iterator[Service]:
    nobody = "http://127.0.0.1:9"  # no enrollment service, so that no class has a name
    yield from serving(redis_url=redis_url, unsubscribe_link_secret=SECRET, enrollment_url=nobody)


def status(service: Service, method: str, path: str) -> int:
    """What a mail reader gets that asks again after a 503: the machine of the tests may be busy."""

    def asked() -> int | None:
        reply = httpx.request(method, f"http://127.0.0.1:{service.port}{path}", trust_env=False, verify=TLS, timeout=20)
        return reply.status_code if reply.status_code != httpx.codes.SERVICE_UNAVAILABLE else None

    found = until(asked)
    assert found
    return found


def click(service: Service, class_id: int, student_id: int, email: str = MAIL) -> int:
    return status(service, "POST", LINKS.url(student_id, class_id, email))


def test_one_click_ends_the_mails_about_a_class_and_keeps_its_webhooks(
    service: Service, stores: Stores, student_id: int
) -> None:
    stores.subscriptions.put(student_id, 2, Subscription(MAIL, HOOK))
    stores.subscriptions.put(student_id, 8, Subscription(MAIL, None))
    assert status(service, "GET", LINKS.url(student_id, 2, MAIL)) == 200
    assert stores.subscriptions.get(student_id, 2) == Subscription(MAIL, HOOK)  # a scanner looked
    assert [click(service, 2, student_id), click(service, 2, student_id)] == [200, 200]
    assert stores.subscriptions.get(student_id, 2) == Subscription(None, HOOK)
    assert stores.subscriptions.get(student_id, 8) == Subscription(MAIL, None)


def test_the_link_of_a_digest_ends_the_mails_about_all_classes(
    service: Service, stores: Stores, student_id: int
) -> None:
    stores.subscriptions.put(student_id, 2, Subscription(MAIL, HOOK))
    stores.subscriptions.put(student_id, 8, Subscription(MAIL, None))
    assert click(service, 0, student_id) == 200
    assert stores.subscriptions.get(student_id, 2) == Subscription(None, HOOK)
    assert stores.subscriptions.get(student_id, 8) is None


def test_an_old_link_does_not_end_mails_to_an_address_set_since(
    service: Service, stores: Stores, student_id: int
) -> None:
    stores.subscriptions.put(student_id, 2, Subscription("new@example.com", None))
    assert click(service, 2, student_id) == 200
    assert stores.subscriptions.get(student_id, 2) == Subscription("new@example.com", None)


def test_a_link_that_was_changed_is_none(service: Service, stores: Stores, student_id: int) -> None:
    stores.subscriptions.put(student_id, 2, Subscription(MAIL, None))
    forged = UnsubscribeLinks("another secret").url(student_id, 2, MAIL)
    assert status(service, "POST", forged) == 404
    assert status(service, "POST", LINKS.url(student_id, 8, MAIL).replace(".8.", ".2.")) == 404
    assert stores.subscriptions.get(student_id, 2) == Subscription(MAIL, None)


def test_the_page_is_in_the_reader_s_language_and_names_no_ids(service: Service, student_id: int) -> None:
    url = f"http://127.0.0.1:{service.port}{LINKS.url(student_id, 2, MAIL)}"
    for language, said in (("es", "Ya no recibiría correos sobre este curso."), ("fr", "about this class.")):
        page = httpx.get(url, headers={"Accept-Language": language}, trust_env=False, verify=TLS, timeout=20)
        assert said in page.text, "the enrollment service is not there to name the class"
    unknown = httpx.get(url[:-1], headers={"Accept-Language": "de"}, trust_env=False, verify=TLS, timeout=20)
    assert (unknown.status_code, "Dieser Link ist keiner von uns" in unknown.text) == (404, True)
