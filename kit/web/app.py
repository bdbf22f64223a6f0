"""The shell of every FastAPI service: error replies, Swagger UI without internet, liveness, readiness and metrics.

Every reply that is not a success is `{"detail": "<one sentence>"}`, whoever refused the request.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.concurrency.single_flight import SingleFlight
from kit.errors import AppError, Unavailable
from kit.observability import metrics, tracing
from kit.sessions import EndedSessions
from kit.settings import ServiceSettings
from kit.web import problem_details
from kit.web.body_limit import BodyLimitMiddleware
from kit.web.compression import CompressionMiddleware
from kit.web.docs import PATHS, add_docs
from kit.web.health_port import PROBE_TIMEOUT_S, Probe, failures
from kit.web.problem_details import ProblemDetailsMiddleware, RefusalResponse
from kit.web.request_context import BindContextMiddleware, RequestContextMiddleware
from kit.web.safe_path import SafePathMiddleware
from kit.web.sessions import SessionMiddleware
from kit.web.shared_secret import SharedSecretMiddleware, document

log = logging.getLogger(__name__)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]]

VERSION = "1.1.0"  # of the whole system, see CHANGELOG.md


class Problem(BaseModel):
    """Every reply that is not a success."""

    detail: str = Field(
        description="what is wrong and what to do about it", examples=["There is no such thing; look at the list first"]
    )


def problems(**texts: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for error replies: `problems(_404="no such class")` documents status 404."""
    return {
        int(status.lstrip("_")): {
            "model": Problem,
            "description": text,
            "content": {"application/json": {"example": {"detail": text}}, **problem_details.CONTENT},
        }
        for status, text in texts.items()
    }


def links(**to: Mapping[str, str]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entry that says what can be asked next: `links(get_user={"uid": "$response.body#/id"})`.

    Each link is named after the route's function it leads to; its values are runtime expressions (OpenAPI 3.1 §4.8.20).
    """
    named = {name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in to.items()}
    return {200: {"links": named}}


def as_asked(*names: str) -> dict[str, str]:
    """For links: path parameters that are the same as in the request."""
    return {name: f"$request.path.{name}" for name in names}


BODY_PROBLEMS = problems(_413="The body is too large; `MAX_BODY_BYTES` is the limit")
COMMON_PROBLEMS = problems(
    _422="A parameter is malformed; nothing was changed",
    _503="A store does not answer; nothing was lost. Ask again after `Retry-After` seconds",
)


class Service(FastAPI):
    """FastAPI with our middlewares, in our order, instead of its own."""

    def __init__(self, middlewares: Callable[["Service"], tuple[Middleware, ...]], **options: Any) -> None:
        self._middlewares = middlewares
        self.describers: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
        """What each adds to the OpenAPI, in this order. They are idempotent."""
        super().__init__(**options)

    def openapi(self) -> dict[str, Any]:
        described = super().openapi()
        for describe in self.describers:
            described = describe(described)
        return described

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As FastAPI's and Starlette's, one inside the other, without the telemetry that is turned off."""
        if scope["type"] != "http" or self.middleware_stack is None:
            return await super().__call__(scope, receive, send)
        scope["app"] = self
        return await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = self.router
        for middleware, positional, named in reversed(self._middlewares(self)):
            app = middleware(app, *positional, **named)
        return app


def create_app(
    *,
    title: str,
    description: str,
    lifespan: Lifespan,
    settings: ServiceSettings,
    own_docs: bool = True,
    open_paths: Collection[str] = (),
    url_follows: re.Pattern[bytes] | None = None,
    reply_within_s: float | None = None,
    ended_sessions: EndedSessions | None = None,
    ahead_of_routes: Collection[Middleware] = (),
    around_routes: Collection[Middleware] = (),
) -> Service:
    """An app with `/docs` served from its own files and one handler for every kind of error.

    With a gateway secret in the settings it answers only who carries it. In development `/docs` still opens, and its
    button "Authorize" takes the secret. Without `own_docs` the service has `/docs` and
    `/openapi.json` of its own making, or none. `open_paths` are public: they need no secret. `url_follows`: see
    SafePathMiddleware. `reply_within_s` is each request's deadline (kit.concurrency.deadline). Requests of
    `ended_sessions`, which the caller starts and closes, are refused. What is `ahead_of_routes` may answer in place of
    the routes, and what is `around_routes` works within the deadline.
    """
    secret = settings.gateway_secret
    also_open = {*open_paths, *(PATHS if settings.environment == "development" else ())}
    tracing.configure(settings.otel_exporter_otlp_endpoint, title)

    def middlewares(app: Service) -> tuple[Middleware, ...]:
        """The layers a request passes, in this order."""
        guarded = [Middleware(SharedSecretMiddleware, secret.get_secret_value(), also_open)] if secret else []
        return (
            Middleware(RequestContextMiddleware, metrics.REQUESTS),
            Middleware(ProblemDetailsMiddleware),
            *([Middleware(tracing.Traced)] if tracing.enabled() else []),
            *guarded,
            *([Middleware(SessionMiddleware, ended_sessions)] if ended_sessions else []),
            Middleware(SafePathMiddleware, url_follows),
            Middleware(BodyLimitMiddleware, settings.max_body_bytes),
            Middleware(ServerErrorMiddleware, _render_unexpected),
            *app.user_middleware,
            *ahead_of_routes,
            Middleware(ExceptionMiddleware, app.exception_handlers),
            Middleware(BindContextMiddleware, reply_within_s),
            Middleware(CompressionMiddleware),  # behind refusals and positions, which are small and do not pay for it
            *around_routes,
            Middleware(AsyncExitStackMiddleware),  # FastAPI's, which its routes need
        )

    app = Service(
        middlewares,
        title=title,
        description=description,
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        servers=[{"url": "/", "description": "this service"}],
        redoc_url=None,
        openapi_url="/openapi.json" if own_docs else None,
        redirect_slashes=False,  # a redirect would name the Host that the caller made up
        telemetry={"tracing": False, "metrics": False, "logs": False},  # FastAPI's own, which would name whole paths
        generate_unique_id_function=lambda route: route.name,  # what links name, and client generators show
    )
    if secret:
        app.describers.append(lambda openapi: document(openapi, open_paths))
    app.describers.append(problem_details.described)
    if own_docs:
        add_docs(app)
    app.add_api_route("/metrics", _metrics, include_in_schema=False)
    app.add_exception_handler(AppError, _render_app_error)
    app.add_exception_handler(RequestValidationError, _render_malformed)
    app.add_exception_handler(HTTPException, _render_http_error)
    return app


async def _metrics() -> Response:
    """For Prometheus. A coroutine: it must be answered when every thread is taken, too."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)


def add_health(app: FastAPI, probes: Mapping[str, Probe]) -> None:
    """`/health/live` says the process answers; `/health/ready` runs the probes and names the part that is down.

    A probe is a blocking call that raises when its part does not answer. They run in a thread of their own, once for
    all who ask meanwhile: readiness must be told also while every other thread is taken.
    """
    probing: SingleFlight[None, dict[str, str]] = SingleFlight(lambda _: failures(probes), 1, "readiness")

    @app.get("/health/live", tags=["health"], summary="Is the process alive?")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/health/ready", tags=["health"], summary="Can it serve requests?", responses=problems(_503="Not ready"))
    async def ready() -> JSONResponse:
        try:
            down = await probing.wait(None, PROBE_TIMEOUT_S)
        except Unavailable:
            down = {"readiness": "the probes do not end"}
        if down:
            reasons = ", ".join(f"{name} ({reason})" for name, reason in down.items())
            return JSONResponse({"detail": f"Not ready: {reasons}"}, 503, {"Retry-After": "2"})
        return JSONResponse({"status": "ready"})


def refusal(error: AppError) -> Response:
    """The reply to a request that met this error."""
    retry_after_s = getattr(error, "retry_after_s", None)
    headers = None if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return RefusalResponse(error.detail, error.status, headers, error.code())


async def _render_app_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return refusal(error)


async def _render_malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = (f"{'.'.join(str(part) for part in e['loc'][1:]) or e['loc'][0]}: {e['msg']}" for e in error.errors())
    return JSONResponse({"detail": "; ".join(said)}, 422)


async def _render_http_error(request: Request, error: Exception) -> Response:
    """What FastAPI itself refuses, in the form and with the status of all other refusals."""
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # a body that is not even text
        return JSONResponse({"detail": "body: must be JSON in UTF-8"}, 422)
    if error.status_code == 405 and (allowed := _methods(request)):
        detail = f"Use {' or '.join(allowed)} here, not {request.method}"
        return JSONResponse({"detail": detail}, 405, {"Allow": ", ".join(allowed)})
    if error.status_code == 404:
        return JSONResponse({"detail": "There is no such path; /docs shows those that there are"}, 404)
    return JSONResponse({"detail": str(error.detail)}, error.status_code, error.headers)


def _methods(request: Request) -> list[str]:
    """The methods of all routes of this path (RFC 9110 §10.2.1); Starlette names those of the first alone."""
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]


async def _render_unexpected(request: Request, error: Exception) -> Response:
    route = getattr(request.scope.get("route"), "path", "an unknown route")  # the path itself names people and URLs
    log.error("%s %s failed", request.method, route, exc_info=error)
    return JSONResponse({"detail": "The service failed on this request; it was logged. Please report it"}, 500)
