"""The data of the page for operators: which process is ready, what is lacking, and since when that was seen."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest

from krakend.pages import operating as module
from krakend.pages.mail_server import MailServer
from krakend.pages.operating import Asked, Operating, Sent, seen_by
from krakend.pages.settings import PagesSettings

REPLIES: dict[str, tuple[int, dict[str, str]]] = {
    "users": (200, {"status": "ready"}),
    "one": (503, {"detail": "Not ready: redis (Redis does not answer), dynamodb (away)"}),
    "relay": (200, {"status": "ready"}),
}
METRICS = """# HELP outbox_oldest_event_age_seconds …
outbox_oldest_event_age_seconds 3.5
notification_deliveries_total{attempt="1",channel="email",outcome="delivered"} 7.0
notification_deliveries_total{attempt="1",channel="email",outcome="requeued"} 9.0
notification_deliveries_total{attempt="1",channel="email",outcome="failed"} 2.0
notification_deliveries_total{attempt="2",channel="email",outcome="dead_lettered"} 1.0
amqp_queue_ready_messages{queue="email"} 12.0
other_total 1.0
"""


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.host not in REPLIES:
        raise httpx.ConnectError("nobody", request=request)
    if request.url.path == "/metrics":
        return httpx.Response(200, text=METRICS)
    status, body = REPLIES[request.url.host]
    return httpx.Response(status, json=body)


def test_each_process_is_told_with_what_it_lacks_and_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_FOR_S", -1)
    addresses = {
        "users": ["http://users"],
        "enrollment": ["http://one", "http://two"],
        "outbox_relay": ["http://relay"],
    }

    async def look() -> list[Any]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            operating = Operating(client, addresses, {"gateway": well, "mail_server": refused}, count().__next__)
            return [await operating.health(), await operating.health()]

    first, second = asyncio.run(look())
    said = [(each.name, each.instance, each.state, each.lacks) for each in first.processes]
    assert said == [
        ("users", 1, "ready", []),
        ("enrollment", 1, "not_ready", ["redis", "dynamodb"]),
        ("enrollment", 2, "no_answer", []),
        ("outbox_relay", 1, "ready", []),
    ]
    stores = {each.name: (each.state, each.detail) for each in first.stores}
    assert stores == {
        "dynamodb": ("not_ready", "enrollment 1: away"),
        "redis": ("not_ready", "enrollment 1: Redis does not answer"),
        "rabbitmq": ("ready", None),
        "gateway": ("ready", None),
        "mail_server": ("no_answer", "ConnectionRefusedError"),
        "pages": ("ready", None),
    }
    assert all(not each.lacks for each in first.stores)
    assert (first.queues, first.outbox_age_s) == ({"email": 12}, 3.5)
    assert [each.since for each in first.processes] == [each.since for each in second.processes]
    assert first.checked_at != second.checked_at


async def well() -> None:
    return None


async def refused() -> str:
    return "ConnectionRefusedError"


def test_a_store_is_down_when_who_publishes_to_it_says_so_and_unknown_when_nobody_says_anything() -> None:
    lacking = Asked("not_ready", "Not ready: publisher (not connected), redis (slow)")
    assert seen_by({("email_consumer", 1): lacking, ("users", 1): Asked("ready")}) == {
        "dynamodb": Asked("ready"),
        "redis": Asked("not_ready", "email_consumer 1: slow"),
        "rabbitmq": Asked("not_ready", "email_consumer 1: not connected"),
    }
    assert {one.state for one in seen_by({("users", 1): Asked("no_answer")}).values()} == {"unknown"}


def test_what_was_sent_is_told_of_the_last_minutes_and_a_consumer_may_begin_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_FOR_S", -1)
    counts = iter([METRICS, METRICS.replace("} 2.0", "} 6.0"), METRICS.replace("} 7.0", "} 1.0")])

    def counting(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=next(counts) if request.url.path == "/metrics" else '{"status": "ready"}')

    async def look() -> list[Sent]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(counting)) as client:
            operating = Operating(client, {"email_consumer": ["http://mail"]}, {})
            return [(await operating.health()).sent["email"] for _ in range(3)]

    assert asyncio.run(look()) == [
        Sent(delivered=0, failed=0),
        Sent(delivered=0, failed=4),
        Sent(delivered=0, failed=0),
    ]


def test_it_is_looked_at_when_nobody_asks_and_goes_on_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0)
    monkeypatch.setattr(module, "KEPT_FOR_S", -1)

    async def look() -> None:
        asked, again = count(), asyncio.Event()

        async def failing() -> str | None:
            if next(asked) == 0:
                raise RuntimeError("a fault of ours")
            again.set()
            return None

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            looking = asyncio.create_task(Operating(client, {}, {"gateway": failing}).keep_looking())
            async with asyncio.timeout(5):
                await again.wait()
            looking.cancel()

    asyncio.run(look())


def smtp(replies: list[bytes], clock: Callable[[], float] = lambda: 0.0) -> list[str | None]:
    """What three looks find at a mail server that says this to who connects, and to each command."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply)
            if not await reader.readline():
                break
        writer.close()

    async def look() -> list[str | None]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            mail = MailServer("127.0.0.1", server.sockets[0].getsockname()[1], tls=False, clock=clock)
            found = [await mail.failure(), await mail.failure()]
            server.close()
        return [*found, await mail.failure()]

    return asyncio.run(look())


def test_a_mail_server_is_greeted_and_seldom() -> None:
    moments = count(step=8)
    talk = [b"220-hello\r\n220 there\r\n", b"250-localhost\r\n250 SIZE 1\r\n", b"221 bye\r\n"]
    assert smtp(talk) == [None, None, None], "what was heard a moment ago is believed"
    assert smtp(talk, lambda: float(next(moments)))[-1] == "ConnectionRefusedError"
    assert smtp([b"554 not you\r\n"])[0] == "it says 554"
    assert smtp([b"220 hello\r\n", b"421 closing\r\n"])[0] == "it says 421"
    assert smtp([])[0] == "IncompleteReadError"


def test_background_processes_are_named_in_one_setting() -> None:
    settings = PagesSettings(
        environment="development", health_urls="relay=http://a:1 relay=http://a:2 reconciler=http://b:1"
    )
    assert settings.processes["relay"] == ["http://a:1", "http://a:2"]
    assert settings.processes["enrollment"] == ["http://127.0.0.1:5300"]
    with pytest.raises(ValueError, match="health_urls"):
        PagesSettings(environment="development", health_urls="http://a:1")
