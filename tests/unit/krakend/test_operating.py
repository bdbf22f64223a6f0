"""What the page for operators is told: who is ready, what is lacking, and since when that was seen."""

import asyncio
from typing import Any

import httpx
import pytest

from krakend.pages import operating as module
from krakend.pages.operating import Operating
from krakend.pages.settings import PagesSettings

REPLIES: dict[str, tuple[int, dict[str, str]]] = {
    "users": (200, {"status": "ready"}),
    "one": (503, {"detail": "Not ready: redis (Redis does not answer), dynamodb (away)"}),
    "relay": (200, {"status": "ready"}),
}
METRICS = """# HELP outbox_oldest_event_age_seconds …
outbox_oldest_event_age_seconds 3.5
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
    moments = iter(f"2026-01-01T00:00:{second:02}Z" for second in range(60))
    monkeypatch.setattr(module, "_now", lambda: next(moments))
    monkeypatch.setattr(module, "KEPT_FOR_S", -1)
    addresses = {
        "users": ["http://users"],
        "enrollment": ["http://one", "http://two"],
        "outbox_relay": ["http://relay"],
    }

    async def look() -> list[Any]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            operating = Operating(client, addresses)
            return [await operating.health(), await operating.health()]

    first, second = asyncio.run(look())
    said = [(each.name, each.instance, each.state, each.lacks) for each in first.processes]
    assert said == [
        ("users", 1, "ready", []),
        ("enrollment", 1, "not_ready", ["redis", "dynamodb"]),
        ("enrollment", 2, "no_answer", []),
        ("outbox_relay", 1, "ready", []),
    ]
    assert (first.queues, first.outbox_age_s) == ({"email": 12}, 3.5)
    assert [each.since for each in first.processes] == [each.since for each in second.processes]
    assert first.checked_at != second.checked_at


def test_background_processes_are_named_in_one_setting() -> None:
    settings = PagesSettings(
        environment="development", health_urls="relay=http://a:1 relay=http://a:2 reconciler=http://b:1"
    )
    assert settings.processes["relay"] == ["http://a:1", "http://a:2"]
    assert settings.processes["enrollment"] == ["http://127.0.0.1:5300"]
    with pytest.raises(ValueError, match="health_urls"):
        PagesSettings(environment="development", health_urls="http://a:1")
