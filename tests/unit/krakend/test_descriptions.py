"""The services' OpenAPI is kept while it is young, and longer while a service is away."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from krakend.pages.descriptions import ASKED_AGAIN_AFTER_S, KEPT_FOR_S, Descriptions


class Services:
    """Hosts that answer with a count of how often they were asked, if they are up."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.asked: dict[str, int] = {}
        self.now = 0.0
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        hosts = {"users": ["http://one", "http://two"], "notification": ["http://three"]}
        self.descriptions = Descriptions(client, hosts, lambda: self.now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        self.asked[host] = self.asked.get(host, 0) + 1
        if host in self.down:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(200, json={"host": host, "asked": self.asked[host]})

    def current(self) -> Mapping[str, Any]:
        return asyncio.run(self._current())

    async def _current(self) -> Mapping[str, Any]:
        return await self.descriptions.current()


def test_a_young_answer_is_not_asked_for_again() -> None:
    services = Services()
    first = services.current()
    services.now += KEPT_FOR_S - 1
    assert services.current() is first
    services.now += 2
    assert services.current()["users"] == {"host": "one", "asked": 2}
    assert first["users"] == {"host": "one", "asked": 1}, "what was handed out does not change"


def test_another_host_of_the_service_answers_for_it() -> None:
    services = Services()
    services.down = {"one"}
    assert services.current()["users"]["host"] == "two"


def test_the_last_answer_counts_while_the_service_is_away() -> None:
    services = Services()
    services.current()
    services.down = {"three"}
    services.now += KEPT_FOR_S + 1
    assert services.current()["notification"] == {"host": "three", "asked": 1}


def test_a_service_that_never_answered_is_absent_and_asked_again_soon() -> None:
    services = Services()
    services.down = {"three"}
    assert services.current().keys() == {"users"}
    services.down = set()
    services.now += ASKED_AGAIN_AFTER_S / 2
    assert services.current().keys() == {"users"}, "not with every request"
    services.now += ASKED_AGAIN_AFTER_S
    assert services.current().keys() == {"users", "notification"}
