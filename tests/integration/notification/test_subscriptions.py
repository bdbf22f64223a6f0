"""The notification service over HTTP, with real Redis and a stand-in for the enrollment service's class look-up."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import redis

from notification.adapters.endpoints import EndpointItems
from notification.stores import Stores
from tests.integration.notification.conftest import CLASSES
from tests.integration.notification.serving import Service, serving
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

SEED_PROXY = "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"


@pytest.fixture(scope="module")
def service(redis_url: str, enrollment_url: str) -> Iterator[Service]:
    yield from serving(redis_url=redis_url, enrollment_url=enrollment_url)


def test_the_seeds_walk_through(service: Service, store: redis.Redis, student_id: int) -> None:
    for class_id in (8, 2):
        path = f"/subscribe/{student_id}/{class_id}/abhinav/abhinav%40example.com/{SEED_PROXY}"
        assert service("POST", path) == (200, {"message": f"Subscribed to ClassID {class_id}"})
    both = (
        '{"2": {"email": "abhinav@example.com", "proxy": "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"}, '
        '"8": {"email": "abhinav@example.com", "proxy": "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"}}'
    )
    assert store.get(f"subscription:{student_id}") == both
    assert service("GET", f"/subscribe/list/{student_id}") == (200, {"subscriptions": ["2", "8"]})
    shown = {"email": "abhinav@example.com", "proxyURL": "https://smee.io/iYNweRTyM49bnItt"}
    shown |= {"language": "en", "format": "message"}
    assert service("GET", f"/subscription/{student_id}/8") == (200, shown)
    assert service("DELETE", f"/subscribe/remove/{student_id}/8") == (200, {"message": "Unsubscribed from ClassID 8"})
    assert store.get(f"subscription:{student_id}") == (
        '{"2": {"email": "abhinav@example.com", "proxy": "https%3A%2F%2Fsmee.io%2FiYNweRTyM49bnItt"}}'
    )


def test_language_and_format_are_chosen_with_the_subscription_and_replaced_with_it(
    service: Service, student_id: int
) -> None:
    path, channels = f"/subscribe/{student_id}/2", {"email": "a@example.com", "proxyURL": "https://smee.io/abc"}
    assert service("POST", f"{path}?format=event", {**channels, "language": "de"})[0] == 200
    chosen = {**channels, "language": "de", "format": "event"}
    assert service("GET", f"/subscription/{student_id}/2") == (200, chosen)
    assert service("POST", path, channels)[0] == 200
    assert service("GET", f"/subscription/{student_id}/2")[1] == {**channels, "language": "en", "format": "message"}
    assert service("POST", f"{path}?format=xml", channels)[0] == 422
    assert service("POST", path, {**channels, "language": "xx"})[0] == 422


def test_who_subscribes_a_callback_has_a_secret_before_the_first_webhook(
    service: Service, stores: Stores, student_id: int
) -> None:
    def kept() -> dict[str, Any]:
        return EndpointItems(stores.database, stores.tables).now(student_id)

    assert service("POST", f"/subscribe/{student_id}/2", {"email": "a@example.com"})[0] == 200
    assert "Secrets" not in kept(), "no webhook is wanted"
    assert service("POST", f"/subscribe/{student_id}/2", {"proxyURL": "https://smee.io/abc"})[0] == 200
    made = kept()["Secrets"]
    assert service("POST", f"/subscribe/{student_id}/8", {"proxyURL": "https://smee.io/abc"})[0] == 200
    assert kept()["Secrets"] == made


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("https%3A%2F%2Fsmee.io%2Fabc", "https%3A%2F%2Fsmee.io%2Fabc"),  # curl
        ("https%253A%252F%252Fsmee.io%252Fabc", "https%3A%2F%2Fsmee.io%2Fabc"),  # Swagger UI, typed encoded
        ("https://smee.io/abc", "https%3A%2F%2Fsmee.io%2Fabc"),  # not encoded at all
        ("https://smee.io/abc?a=1&b=%20", "https%3A%2F%2Fsmee.io%2Fabc%3Fa%3D1%26b%3D%2520"),
        ("%2F%2Fsmee.io%2FYNwertyM49bnltt", "https%3A%2F%2Fsmee.io%2FYNwertyM49bnltt"),  # no scheme
        ("%252F%252Fsmee.io%252FYNwertyM49bnltt", "https%3A%2F%2Fsmee.io%2FYNwertyM49bnltt"),
        ("https%3A%2F%2Fsmee.io%2Fa%3Fb%3D1%23c", "https%3A%2F%2Fsmee.io%2Fa%3Fb%3D1%23c"),
        ("https%253A%252F%252Fsmee.io%252Fa%253Fb%253D1%2523c", "https%3A%2F%2Fsmee.io%2Fa%3Fb%3D1%23c"),
    ],
)
def test_a_proxy_url_is_stored_encoded_once_however_it_came(
    sent: str, stored: str, service: Service, store: redis.Redis, student_id: int
) -> None:
    assert service("POST", f"/subscribe/{student_id}/2/abhinav/abhinav%40example.com/{sent}")[0] == 200
    assert json.loads(store.get(f"subscription:{student_id}") or "")["2"]["proxy"] == stored


def test_with_a_body_either_channel_may_be_left_out_but_not_both(
    service: Service, store: redis.Redis, student_id: int
) -> None:
    path = f"/subscribe/{student_id}"
    assert service("POST", f"{path}/3", {"email": "a@example.com"})[0] == 200
    assert service("POST", f"{path}/4", {"proxyURL": "https://smee.io/abc"})[0] == 200
    assert service("POST", f"{path}/5", {"email": "a@example.com", "proxyURL": "https%3A%2F%2Fsmee.io%2Fabc"})[0] == 200
    before = store.get(f"subscription:{student_id}")
    assert json.loads(before or "") == {
        "3": {"email": "a@example.com", "proxy": None},
        "4": {"email": None, "proxy": "https%3A%2F%2Fsmee.io%2Fabc"},
        "5": {"email": "a@example.com", "proxy": "https%3A%2F%2Fsmee.io%2Fabc"},
    }
    for body in ({}, {"email": None, "proxyURL": None}, {"mail": "a@example.com"}, [], "text", {"email": 4}):
        status, reply = service("POST", f"{path}/6", body)
        assert status == 422
        assert isinstance(reply["detail"], str)
    assert store.get(f"subscription:{student_id}") == before


BAD_PATHS = [
    "/subscribe/{s}/2/abhinav/no-address/" + SEED_PROXY,
    "/subscribe/{s}/2/abhinav/a%40example.com%0D%0ABcc%3Ab%40example.com/" + SEED_PROXY,
    "/subscribe/{s}/2.0/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/{s}/%202/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/{s}/two/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/{s}/-2/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/{s}/0/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/{s}/" + "9" * 30 + "/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/" + "9" * 30 + "/2/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/-4/2/abhinav/a%40example.com/" + SEED_PROXY,
    "/subscribe/{s}/2/abhinav/a%40example.com/",
    "/subscribe/{s}/2/abhinav/a%40example.com/smee.io",
    "/subscribe/{s}/2/abhinav/a%40example.com/ftp%3A%2F%2Fsmee.io%2Fa",
    "/subscribe/{s}/2/abhinav/a%40example.com/javascript%3Aalert(1)",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2F",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2F%2Fpath",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2Fme%3Asecret%40smee.io%2Fa",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2Fsmee.io%2Fa%0Ab",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2Fsmee.io%2Fa%00b",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2Fsmee.io%2Fa%20b",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2Fsmee.io%3A99999%2Fa",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2F%FF%2Fa",
    "/subscribe/{s}/2/abhinav/a%40example.com/https%3A%2F%2F" + "a" * 3000,
    "/subscribe/{s}/2/ab%00hinav/a%40example.com/" + SEED_PROXY,
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_malformed_input_is_a_422_that_says_why_and_changes_nothing(
    path: str, service: Service, store: redis.Redis, student_id: int
) -> None:
    status, reply = service("POST", path.format(s=student_id))
    assert status == 422
    assert isinstance(reply["detail"], str)
    assert reply["detail"]
    assert store.get(f"subscription:{student_id}") is None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "10.0.0.1", "169.254.169.254", "100.64.0.1", "%5B%3A%3A1%5D"],
)
def test_a_callback_into_an_inner_network_is_refused_early(
    host: str, service: Service, store: redis.Redis, student_id: int
) -> None:
    path = f"/subscribe/{student_id}/2/abhinav/a%40example.com/http%3A%2F%2F{host}%3A5300%2Fenroll%2F4%2F2"
    status, reply = service("POST", path)
    assert status == 422
    assert "public internet" in reply["detail"]
    assert store.get(f"subscription:{student_id}") is None


def test_a_name_that_does_not_resolve_right_now_is_accepted(service: Service, student_id: int) -> None:
    assert service("POST", f"/subscribe/{student_id}/2", {"proxyURL": "https://no-such-host.invalid/a"})[0] == 200


def test_networks_that_the_operator_allows_are_accepted(redis_url: str, enrollment_url: str, student_id: int) -> None:
    for allowing in serving(
        redis_url=redis_url, enrollment_url=enrollment_url, callback_allowed_networks="127.0.0.0/8"
    ):
        assert allowing("POST", f"/subscribe/{student_id}/2", {"proxyURL": "http://127.0.0.1:8000/a"})[0] == 200
        assert allowing("POST", f"/subscribe/{student_id}/2", {"proxyURL": "http://10.0.0.1:8000/a"})[0] == 422


def test_a_class_that_does_not_exist_is_a_404(service: Service, store: redis.Redis, student_id: int) -> None:
    status, reply = service("POST", f"/subscribe/{student_id}/999/abhinav/a%40example.com/{SEED_PROXY}")
    assert status == 404
    assert "Class 999 does not exist" in reply["detail"]
    assert store.get(f"subscription:{student_id}") is None


def test_listing_nothing_is_an_empty_list_and_removing_nothing_a_404(service: Service, student_id: int) -> None:
    assert service("GET", f"/subscribe/list/{student_id}") == (200, {"subscriptions": []})
    status, reply = service("DELETE", f"/subscribe/remove/{student_id}/2")
    assert status == 404
    assert "not subscribed to ClassID 2" in reply["detail"]


def test_the_last_unsubscription_removes_the_key(service: Service, store: redis.Redis, student_id: int) -> None:
    service("POST", f"/subscribe/{student_id}/2", {"email": "a@example.com"})
    service("DELETE", f"/subscribe/remove/{student_id}/2")
    assert store.exists(f"subscription:{student_id}") == 0


def test_concurrent_subscriptions_of_one_student_lose_none(
    service: Service, store: redis.Redis, student_id: int
) -> None:
    def subscribe_and_remove_every_other(class_id: int) -> None:
        for _ in range(3):
            assert service("POST", f"/subscribe/{student_id}/{class_id}", {"email": "a@example.com"})[0] == 200
        if class_id % 2:
            assert service("DELETE", f"/subscribe/remove/{student_id}/{class_id}")[0] == 200

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(subscribe_and_remove_every_other, CLASSES))
    assert service("GET", f"/subscribe/list/{student_id}")[1] == {"subscriptions": ["2", "4", "6", "8", "10"]}


def test_without_enrollment_the_answer_is_503_and_what_needs_no_enrollment_goes_on(
    redis_url: str, student_id: int
) -> None:
    for alone in serving(redis_url=redis_url, enrollment_url="http://127.0.0.1:1"):
        assert alone("POST", f"/subscribe/{student_id}/2", {"email": "a@example.com"})[0] == 503
        assert alone("GET", f"/subscribe/list/{student_id}")[0] == 200


@pytest.mark.single  # a proxy takes one server away
def test_without_redis_subscriptions_are_kept_all_the_same_and_readiness_names_what_is_down(
    redis_url: str, enrollment_url: str, stores: Stores, store: redis.Redis, student_id: int
) -> None:
    with TcpProxy(redis_url) as proxied:
        for lost in serving(redis_url=proxied.url, enrollment_url=enrollment_url):
            proxied.close()
            assert lost("POST", f"/subscribe/{student_id}/2", {"email": "a@example.com"})[0] == 200
            assert lost("GET", f"/subscribe/list/{student_id}") == (200, {"subscriptions": ["2"]})
            assert stores.subscriptions.of(student_id).class_ids == [2]
            status, reply = lost("GET", "/health/ready")
            assert status == 503
            assert "redis" in reply["detail"]
            proxied.open()
            until(lambda: store.get(f"subscription:{student_id}"), "the view caught up")


def test_without_dynamodb_the_answer_is_503_and_readiness_names_what_is_down(redis_url: str, student_id: int) -> None:
    with TcpProxy(os.environ["DYNAMODB_ENDPOINT"]) as proxied:
        for lost in serving(redis_url=redis_url, dynamodb_endpoint=proxied.url):
            proxied.close()
            assert lost("GET", f"/subscribe/list/{student_id}")[0] == 503
            assert lost("GET", f"/subscribe/secret/{student_id}")[0] == 503
            assert lost("GET", "/health/live")[0] == 200
            reply = partial(lost, "GET", "/health/ready")
            until(lambda reply=reply: "dynamodb" in reply()[1].get("detail", ""), "readiness tells")


def test_a_view_that_is_missing_or_old_means_nothing_and_is_written_again(
    service: Service, stores: Stores, store: redis.Redis, student_id: int
) -> None:
    service("POST", f"/subscribe/{student_id}/2", {"email": "a@example.com"})
    shown = store.get(f"subscription:{student_id}")
    for old in (None, '{"8": {"email": "gone@example.com", "proxy": null}}'):
        store.delete(f"subscription:{student_id}")
        if old:
            store.set(f"subscription:{student_id}", old)
        assert service("GET", f"/subscribe/list/{student_id}") == (200, {"subscriptions": ["2"]})
        assert store.get(f"subscription:{student_id}") == shown


def test_subscribing_again_resumes_a_paused_receiver(service: Service, stores: Stores, student_id: int) -> None:
    assert stores.endpoints.pause(student_id, SEED_PROXY)
    assert service("POST", f"/subscribe/{student_id}/2/abhinav/abhinav%40example.com/{SEED_PROXY}")[0] == 200
    assert stores.endpoints.pause(student_id, SEED_PROXY)  # anew
