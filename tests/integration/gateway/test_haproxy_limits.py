"""How often somebody may ask, whose X-Forwarded-For is believed, and which origins' scripts may read replies."""

from collections import Counter
from pathlib import Path

import pytest

from tests.integration.gateway.running import Gateway, bearer, running, token
from tests.support.waiting import until

RATE = 1
BURST = 2 * RATE  # two seconds' worth may come at once


def statuses(gateway: Gateway, count: int, path: str, **headers: str) -> Counter[int]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Counter(gateway.request("GET", path, headers=named).status_code for _ in range(count))


def test_a_user_who_asks_too_often_is_told_when_to_come_back_and_then_let_in(folder: Path) -> None:
    with running(folder, GATEWAY_RATE_PER_USER=str(RATE)) as gateway:
        found = statuses(gateway, 4 * BURST, "/student/list", **bearer())
        assert BURST <= found[200] < 3 * BURST  # what trickles in while they are sent
        assert found[200] + found[429] == 4 * BURST
        refused = gateway.request("GET", "/student/list", headers=bearer())
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert refused.json()["detail"]
        assert statuses(gateway, 1, "/student/list", **bearer(token(sub="18"))) == {200: 1}, "another user"
        # Only what is let in counts: who goes on asking gets through, too.
        until(lambda: statuses(gateway, 1, "/student/list", **bearer())[200], timeout_s=5)


def test_an_address_without_tokens_has_a_limit_of_its_own(folder: Path) -> None:
    with running(folder, GATEWAY_RATE_PER_ADDRESS=str(RATE), TRUSTED_PROXIES="127.0.0.1/32, 10.0.0.0/8") as gateway:
        found = statuses(gateway, 4 * BURST, "/docs", X_Forwarded_For="192.0.2.1")
        assert BURST <= found[200] < 3 * BURST
        assert found[200] + found[429] == 4 * BURST
        assert statuses(gateway, 1, "/docs", X_Forwarded_For="192.0.2.2") == {200: 1}, "another address"
        # Students of one lecture hall share an address, but not their limits.
        for sub in range(1, 3 * BURST):
            one = statuses(gateway, 1, "/student/list", X_Forwarded_For="192.0.2.1", **bearer(token(sub=str(sub))))
            assert one == {200: 1}


@pytest.mark.parametrize(
    ("proxies", "sent", "address"),
    [
        ("", "192.0.2.1", "127.0.0.1"),
        ("10.0.0.0/8", "192.0.2.1", "127.0.0.1"),
        ("127.0.0.0/8", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.0/8", "10.0.0.1, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.0/8,10.0.0.0/8", "192.0.2.1, 10.0.0.1", "192.0.2.1"),
        ("127.0.0.0/8,10.0.0.0/8", "198.51.100.7, 192.0.2.1, 10.0.0.2, 10.0.0.1", "192.0.2.1"),
        ("127.0.0.0/8,10.0.0.0/8", "10.0.0.2", "10.0.0.2"),
        ("127.0.0.0/8", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.0/8", "192.0.2.1, unknown", "127.0.0.1"),
        ("127.0.0.0/8", "", "127.0.0.1"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours_counts(
    folder: Path, proxies: str, sent: str, address: str
) -> None:
    with running(folder, TRUSTED_PROXIES=proxies) as gateway:
        reply = gateway.request("POST", "/user/login", headers={"X-Forwarded-For": sent}, content=b"{}")
        assert reply.json()["headers"]["x-forwarded-for"] == address


def test_scripts_of_the_named_origins_may_read_replies_and_no_others(folder: Path) -> None:
    ours = "https://portal.test"
    with running(folder, CORS_ORIGINS=f"{ours}, https://other.test") as gateway:
        asking = {"Origin": ours, "Access-Control-Request-Method": "PUT"}
        preflight = gateway.request("OPTIONS", "/registrar/state/4/active", headers=asking)
        assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, ours)
        assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
        for headers in (bearer(), {}):  # refusals, too: the script is to read why
            reply = gateway.request("GET", "/student/list", headers=headers | {"Origin": ours})
            assert (reply.headers["Access-Control-Allow-Origin"], reply.headers["Vary"]) == (ours, "Origin")
            assert {"ETag", "Location", "Link", "X-Request-ID"} <= set(
                reply.headers["Access-Control-Expose-Headers"].split(", ")
            )
        for origin in ("https://evil.test", f"{ours}.evil.test", "null"):
            refused = gateway.request("OPTIONS", "/registrar/state/4/active", headers=asking | {"Origin": origin})
            assert refused.status_code == 405
            assert "Access-Control-Allow-Origin" not in refused.headers
            reply = gateway.request("GET", "/student/list", headers=bearer() | {"Origin": origin})
            assert "Access-Control-Allow-Origin" not in reply.headers
    assert "Traceback" not in gateway.log()


def test_without_origins_there_is_no_word_of_cors(gateway: Gateway) -> None:
    reply = gateway.request("GET", "/student/list", headers=bearer() | {"Origin": "https://portal.test"})
    assert not [name for name in reply.headers if name.startswith("access-control") or name == "vary"]
