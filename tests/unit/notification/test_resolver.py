"""A name server that does not answer costs those who ask for its names, and nobody else."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from notification.adapters.resolver import Resolver
from notification.domain.addresses import Unresolvable
from tests.support.waiting import until

Answers = list[tuple[Any, ...]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which names were looked up. Those that begin with "dead" are not answered before the end of the test."""
    names: list[str] = []
    over = Event()

    def getaddrinfo(host: str, port: int, **_: Any) -> Answers:
        names.append(host)
        if host.startswith("dead"):
            over.wait(20)
        if host.startswith("odd"):
            raise RuntimeError("what nobody foresaw")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield names
    over.set()


def refused(ask: Callable[[], Any]) -> str:
    with pytest.raises(Unresolvable) as refusal:
        ask()
    return str(refusal.value)


def test_many_dead_names_leave_room_for_living_ones(asked: list[str]) -> None:
    resolver = Resolver(lookups=30)
    for number in range(20):
        refused(lambda number=number: resolver.addresses(f"dead{number}", 443, timeout_s=0.01))  # type: ignore[misc]
    assert resolver.addresses("living", 443, timeout_s=2) == ["192.0.2.1"]


def test_a_name_that_did_not_answer_is_refused_at_once_and_looked_up_by_one_thread(asked: list[str]) -> None:
    resolver = Resolver(lookups=3)
    refused(lambda: resolver.addresses("dead", 443, timeout_s=0.01))
    began = time.monotonic()
    for _ in range(100):
        assert refused(lambda: resolver.addresses("dead", 443, timeout_s=10)) == "no name server has answered yet"
    assert time.monotonic() - began < 5
    assert asked == ["dead"]


def test_who_asks_at_the_same_time_shares_a_look_up(asked: list[str]) -> None:
    resolver = Resolver(lookups=3)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: refused(lambda: resolver.addresses("dead", 443, timeout_s=0.05)), range(8)))
    assert set(outcomes) <= {"no name server answered in time", "no name server has answered yet"}
    assert asked == ["dead"]


def test_no_more_are_looked_up_at_once_than_there_is_room_for(asked: list[str]) -> None:
    resolver = Resolver(lookups=2)
    for number in range(2):
        refused(lambda number=number: resolver.addresses(f"dead{number}", 443, timeout_s=0.01))  # type: ignore[misc]
    assert refused(lambda: resolver.addresses("living", 443, timeout_s=10)) == "too many names are being looked up"


def test_whatever_goes_wrong_who_waits_is_told_and_the_room_is_free_again(asked: list[str]) -> None:
    resolver = Resolver(lookups=1)
    assert "does not resolve" in refused(lambda: resolver.addresses("odd", 443, timeout_s=5))
    assert until(lambda: resolver.addresses("living", 443, timeout_s=2)) == ["192.0.2.1"]
