"""Sessions that are over: which requests are refused, and what is known of them while the log cannot be read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

import kit.web.app
from kit.errors import Unavailable
from kit.sessions import KEPT_S, OVERLAP_S, EndedSessions
from kit.settings import ServiceSettings
from tests.support.waiting import until

NOW_S = 1_790_000_000.0


class Log:
    """Entries with their moments. `asked` is since when each look wanted to know."""

    def __init__(self) -> None:
        self.at_s = NOW_S
        self.entries: list[tuple[float, str]] = []
        self.asked: list[float] = []
        self.is_away = False

    def now_s(self) -> float:
        return self.at_s

    def since(self, at_s: float) -> Sequence[str]:
        self.asked.append(at_s)
        if self.is_away:
            raise Unavailable("The database does not answer")
        return [ended for written_at_s, ended in self.entries if written_at_s > at_s]


class World:
    def __init__(self) -> None:
        self.monotonic_s = 0.0
        self.log = Log()
        self.ended = EndedSessions(self.log, monotonic=lambda: self.monotonic_s)

    def end(self, what: str, at_s: float | None = None) -> None:
        self.log.entries.append((self.log.at_s if at_s is None else at_s, what))
        self.ended.look()


@pytest.fixture
def world() -> World:
    return World()


def test_a_session_that_ended_is_over_and_no_other(world: World) -> None:
    world.end("7.2.abc")

    assert world.ended.is_over("7.2.abc")
    assert not any(map(world.ended.is_over, ("7.2.abd", "7.3.abc", "8.2.abc", "7.2", "7", "")))


def test_all_of_an_owner_are_over_that_began_before(world: World) -> None:
    world.end("7.2")
    world.end("7.1")  # read late

    assert [world.ended.is_over(f"7.{generation}.x") for generation in range(4)] == [True, True, False, False]
    assert not world.ended.is_over("77.0.x")


@pytest.mark.parametrize("name", ["", ".", "..", "7", "7.", "7..x", "7.²", "7.x.y", "7.-.x", "7." + "9" * 5000 + ".x"])
def test_what_names_no_session_is_not_over(world: World, name: str) -> None:
    world.end("8.3")
    world.end("7.3")
    assert world.ended.is_over(name) is (name == "7")  # which is no name that a token has


def test_what_was_written_late_is_seen_and_nothing_is_read_for_long(world: World) -> None:
    world.end("7.2.a")
    world.end("7.2.b", world.log.at_s - OVERLAP_S / 2)
    world.ended.look()

    assert world.ended.is_over("7.2.b")
    assert world.log.asked == [NOW_S - KEPT_S, NOW_S - OVERLAP_S, NOW_S - OVERLAP_S]


def test_an_entry_with_a_date_to_come_hides_none_that_follow(world: World) -> None:
    world.end("7.2.a", NOW_S + 86_400)
    world.end("7.2.b")

    assert world.ended.is_over("7.2.a")
    assert world.ended.is_over("7.2.b")


def test_what_is_known_stays_known_while_the_log_is_away_and_the_rest_is_read_later(world: World) -> None:
    world.end("7.2.a")
    world.log.is_away = True
    with pytest.raises(Unavailable):
        world.end("7.2.b")

    assert world.ended.is_over("7.2.a")
    assert not world.ended.is_over("7.2.b")
    world.log.is_away = False
    world.log.at_s += 600
    world.ended.look()
    assert world.ended.is_over("7.2.b")


def test_it_is_forgotten_when_no_token_can_be_good_any_more(world: World) -> None:
    world.end("7.2.a")
    world.end("8.2")
    for part_of_an_hour in range(12):
        world.log.at_s += KEPT_S / 4
        world.monotonic_s += KEPT_S / 4
        world.end(f"9.1.{part_of_an_hour}")
        if part_of_an_hour < 4:
            assert world.ended.is_over("7.2.a")
            assert world.ended.is_over("8.1.a")

    assert not world.ended.is_over("7.2.a")
    assert not world.ended.is_over("8.1.a")
    assert world.ended.is_over("9.1.11")


def test_it_is_read_by_a_thread_that_goes_on_when_the_log_is_back(world: World) -> None:
    world.log.is_away = True
    ended = EndedSessions(world.log, every_s=0.001)
    ended.start()
    world.log.entries.append((NOW_S, "7.2.a"))
    until(lambda: len(world.log.asked) > 2)
    assert ended.is_empty
    world.log.is_away = False
    until(lambda: ended.is_over("7.2.a"))
    ended.close()


@asynccontextmanager
async def nothing_to_start(_: FastAPI) -> AsyncIterator[None]:
    yield


def ask(world: World, headers: object, path: str = "/seat") -> httpx.Response:
    app = kit.web.app.create_app(
        title="A service",
        description="",
        lifespan=nothing_to_start,
        settings=ServiceSettings.model_construct(environment="development"),
        ended_sessions=world.ended,
    )
    app.add_api_route("/seat", lambda: {"seat": 1})

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return await client.get(path, headers=headers)  # type: ignore[arg-type]

    return asyncio.run(asked())


@pytest.mark.parametrize("path", ["/seat", "/nowhere"])
def test_a_request_of_a_session_that_is_over_is_refused_in_words(world: World, path: str) -> None:
    world.end("7.2.abc")
    session = {"X-Session-Id": "7.2.abc"}

    reply = ask(world, session, path)
    assert (reply.status_code, reply.json()) == (401, {"detail": "The session is over; log in again"})
    assert reply.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    problem = ask(world, session | {"Accept": "application/problem+json"}, path).json()
    assert (problem["code"], problem["status"]) == ("session_over", 401)


@pytest.mark.parametrize(
    "headers", [{}, {"X-Session-Id": "7.3.abc"}, {"X-Session-Id": b"\xff"}, {"X_Session_Id": "7.2.abc"}]
)
def test_other_requests_are_answered(world: World, headers: object) -> None:
    assert ask(world, headers).json() == {"seat": 1}
    world.end("7.2.abc")
    assert ask(world, headers).json() == {"seat": 1}


def test_of_two_headers_each_counts(world: World) -> None:
    world.end("7.2.abc")
    for names in (("7.2.abc", "7.3.x"), ("7.3.x", "7.2.abc")):
        assert ask(world, [("X-Session-Id", name) for name in names]).status_code == 401
