"""Only who carries the gateway's secret is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

import kit.web.app
from kit.settings import ServiceSettings
from kit.web.shared_secret import SharedSecretMiddleware
from tests.support import in_process

SECRET = "0123456789abcdef0123456789abcdef"
CARRIED = {"X-Gateway-Secret": SECRET}


@asynccontextmanager
async def nothing_to_start(_: FastAPI) -> AsyncIterator[None]:
    yield


def service(secret: str | None = SECRET, environment: str = "production") -> FastAPI:
    settings = ServiceSettings.model_construct(
        environment=environment, gateway_secret=SecretStr(secret) if secret else None
    )
    app = kit.web.app.create_app(title="A service", description="", lifespan=nothing_to_start, settings=settings)
    kit.web.app.add_health(app, {})
    app.add_api_route("/enroll/{student}", lambda student: {"student": student})
    return app


@cache
def guarded() -> FastAPI:
    """One for all who are refused: they leave nothing behind."""
    return service()


def ask(app: FastAPI, path: str, headers: object = None, method: str = "GET") -> httpx.Response:
    return in_process.ask(app, method, path, headers=headers)


def test_who_carries_the_secret_is_answered() -> None:
    assert ask(service(), "/enroll/4", CARRIED).json() == {"student": "4"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Gateway-Secret": ""},
        {"X-Gateway-Secret": SECRET[:-1]},
        {"X-Gateway-Secret": SECRET + "0"},
        {"X-Gateway-Secret": SECRET.upper()},
        {"X-Gateway-Secret": f"{SECRET}, {SECRET}"},
        {"X-Gateway-Secret": b"\xff" * 32},
        {"X_Gateway_Secret": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
        {"Cookie": f"X-Gateway-Secret={SECRET}"},
        # Two lines: a caller's own beside the gateway's must not pass for it.
        [("X-Gateway-Secret", SECRET), ("X-Gateway-Secret", "mine")],
        [("X-Gateway-Secret", "mine"), ("X-Gateway-Secret", SECRET)],
    ],
    ids=str,
)
def test_who_does_not_is_refused_in_words(headers: object) -> None:
    reply = ask(service(), "/enroll/4", headers)
    assert reply.status_code == 403
    assert "gateway" in reply.json()["detail"]
    assert SECRET not in reply.text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize(
    "path",
    [
        "/enroll/4",
        "/enroll/4?X-Gateway-Secret=" + SECRET,
        "/nowhere",
        "/",
        "/health/live/../../enroll/4",
        "/health/live/",
        "//health/live",
        "/health/live%2f..%2f..%2fenroll%2f4",
        "/docs",
        "/openapi.json",
    ],
)
def test_no_path_and_no_method_leads_around(path: str, method: str) -> None:
    assert ask(guarded(), path, method=method).status_code == 403


def test_a_middleware_that_answers_by_itself_stands_behind_the_gate() -> None:
    class AnswersAll:
        def __init__(self, app: ASGIApp) -> None:
            pass

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse("the position of student 4")(scope, receive, send)

    app = service()
    app.add_middleware(AnswersAll)
    assert ask(app, "/enroll/4").status_code == 403
    assert ask(app, "/enroll/4", CARRIED).text == "the position of student 4"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_health_needs_no_secret(path: str) -> None:
    assert ask(service(), path).status_code == 200


def test_the_page_opens_in_development_and_takes_the_secret_there() -> None:
    app = service(environment="development")
    assert ask(app, "/docs").status_code == 200
    for file in ("docs.js", "docs.css", "favicon.png"):
        assert f"/static-offline-docs/{file}" in ask(app, "/docs").text
    for file in ("docs.js", "docs.css", "favicon.png", "swagger-ui-bundle.js", "swagger-ui.css"):
        assert ask(app, f"/static-offline-docs/{file}").status_code == 200
    described = ask(app, "/openapi.json").json()
    [(name, scheme)] = described["components"]["securitySchemes"].items()
    assert scheme["name"] == "X-Gateway-Secret"
    assert described["paths"]["/enroll/{student}"]["get"]["security"] == [{name: []}]
    assert "403" in described["paths"]["/enroll/{student}"]["get"]["responses"]
    assert described["paths"]["/health/live"]["get"]["security"] == []
    assert ask(app, "/enroll/4").status_code == 403


def test_without_a_secret_there_is_no_gate_to_pass() -> None:
    app = service(secret=None, environment="development")
    assert ask(app, "/enroll/4").status_code == 200
    assert not isinstance(app.build_middleware_stack(), SharedSecretMiddleware)
    assert "securitySchemes" not in app.openapi().get("components", {})
