"""A service with several instances is asked as if it were one."""

import httpx
import pytest

from kit.web.http_client import AnyInstance, instances

TWO = instances("http://one:1, http://two:2")


class Instances:
    """`away`: what asking an instance raises."""

    def __init__(self) -> None:
        self.away: dict[str, type[httpx.TransportError]] = {}
        self.asked: list[str] = []
        transport = AnyInstance(TWO, httpx.MockTransport(self._answer))
        self.client = httpx.Client(base_url=TWO[0], transport=transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Host"] == request.url.netloc.decode()
        self.asked.append(request.url.host)
        if error := self.away.get(request.url.host):
            raise error("away")
        return httpx.Response(200, text=f"{request.url.host} {request.url.path}")


def test_one_that_answers_is_stayed_with() -> None:
    service = Instances()
    assert [service.client.get("/x").text for _ in range(3)] == ["one /x"] * 3


def test_after_one_that_refuses_the_next_is_asked_the_same_and_stayed_with() -> None:
    service = Instances()
    service.away["one"] = httpx.ConnectError
    assert [service.client.get("/x").text for _ in range(2)] == ["two /x"] * 2
    assert service.asked == ["one", "two", "two"]


def test_what_may_have_been_received_is_not_sent_twice_but_the_next_request_goes_elsewhere() -> None:
    service = Instances()
    service.away["one"] = httpx.ReadTimeout
    with pytest.raises(httpx.ReadTimeout):
        service.client.post("/x")
    assert service.client.post("/x").text == "two /x"


def test_when_all_refuse_each_is_asked_once() -> None:
    service = Instances()
    service.away = dict.fromkeys(("one", "two"), httpx.ConnectError)
    with pytest.raises(httpx.ConnectError):
        service.client.get("/x")
    assert service.asked == ["one", "two"]
