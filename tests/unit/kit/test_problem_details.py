"""Refusals as RFC 9457 has them, for who asks for that, with codes that never change."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import enrollment.domain.errors
import kit.errors
import notification.domain.callback_url
import notification.domain.subscription
import users.domain.errors
from kit.errors import AppError, Unavailable
from kit.settings import ServiceSettings
from kit.web.app import create_app, problems
from tests.support import in_process

CODES = [
    "already_dropped",
    "already_enrolled",
    "already_waiting",
    "class_full",
    "class_inactive",
    "class_unknown",
    "instructor_unknown",
    "last_registrar",
    "malformed",
    "name_taken",
    "no_channel",
    "no_history",
    "no_such_name",
    "no_such_user",
    "nobody_listed",
    "not_a_callback_url",
    "not_enrolled",
    "not_subscribed",
    "not_waiting",
    "not_your_class",
    "nothing_to_tell",
    "only_waiting",
    "rate_limited",
    "roles_changed",
    "seated_not_waiting",
    "section_taken",
    "still_seated",
    "too_busy",
    "unavailable",
    "wrong_credentials",
]


class ClassGone(kit.errors.NotFound):
    pass


def app() -> FastAPI:
    made = create_app(
        title="Test",
        description="",
        lifespan=lambda _: None,  # type: ignore[arg-type,return-value]
        settings=ServiceSettings(environment="development", max_body_bytes=10),
    )

    @made.get("/gone")
    async def gone() -> None:
        raise ClassGone("It is gone")

    @made.get("/later")
    async def later() -> None:
        raise Unavailable("Not now", retry_after_s=7)

    @made.post("/number/{number}")
    async def number(number: int) -> int:
        return number

    return made


def ask(method: str, path: str, accept: str, **more: Any) -> httpx.Response:
    return in_process.ask(app(), method, path, headers={"Accept": accept, "X-Request-Id": "mine-1"}, **more)


def test_who_accepts_problem_details_gets_them() -> None:
    reply = ask("GET", "/gone", "application/json, application/problem+json")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Vary"] == "Accept"
    assert reply.json() == {
        "type": "tag:course-enrollment,2026:class_gone",
        "title": "Not Found",
        "status": 404,
        "detail": "It is gone",
        "code": "class_gone",
        "request_id": "mine-1",
    }


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_everybody_else_gets_the_detail_alone(accept: str) -> None:
    reply = ask("GET", "/gone", accept)
    assert (reply.headers["Content-Type"], reply.json()) == ("application/json", {"detail": "It is gone"})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/later", 503, "unavailable"),
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/gone", 405, "method_not_allowed"),
        ("POST", "/number/x", 422, "malformed"),
        ("GET", "/%2e%2e", 422, "malformed"),
    ],
)
def test_every_refusal_has_a_code(method: str, path: str, status: int, code: str) -> None:
    reply = ask(method, path, "application/problem+json")
    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_headers_of_a_refusal_stay_and_a_body_that_is_too_large_is_one_too() -> None:
    assert ask("GET", "/later", "application/problem+json").headers["Retry-After"] == "7"
    too_large = ask("POST", "/number/1", "application/problem+json", content=b"x" * 11)
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body_too_large")


def test_openapi_says_that_there_are_problem_details_and_which_codes() -> None:
    made = app()

    @made.get("/described", responses=problems(_404="Nothing is here"))
    async def described() -> None:
        pass

    openapi = made.openapi()
    content = openapi["paths"]["/described"]["get"]["responses"]["404"]["content"]
    assert content["application/json"]["example"] == {"detail": "Nothing is here"}
    name = content["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
    described_code = openapi["components"]["schemas"][name]["properties"]["code"]["description"]
    assert all(f"`{code}`" in described_code for code in ("class_gone", "class_full", "not_found", "malformed"))
    assert "app_error" not in described_code


def test_what_is_no_refusal_is_left_alone() -> None:
    reply = ask("POST", "/number/1", "application/problem+json")
    assert (reply.status_code, reply.json()) == (200, 1)


def test_no_code_is_lost() -> None:
    """Programs decide by them. A renamed error keeps its code: `code` is overridden then."""
    modules = (
        enrollment.domain.errors,
        users.domain.errors,
        notification.domain.callback_url,
        notification.domain.subscription,
    )
    found = {
        each.code()
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, AppError)
    }
    assert set(CODES) <= found | {"malformed", "unavailable"}
