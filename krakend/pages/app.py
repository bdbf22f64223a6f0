"""Wires the pages service: `python -m kit.web.serve krakend.pages.app:create_app`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

import kit.web.app
from kit.observability import logs
from kit.settings import load
from kit.web import http_client
from krakend.pages.descriptions import Descriptions
from krakend.pages.documentation import Documentation, document
from krakend.pages.mail_server import MailServer
from krakend.pages.openapi import merge
from krakend.pages.operating import Ask, Operating, gateway_probe, operating_route
from krakend.pages.routes import routes
from krakend.pages.session_check import SessionCheck
from krakend.pages.settings import PagesSettings
from krakend.pages.static_files import read_files
from krakend.pages.table import PAGES, limits
from krakend.pages.table import routes as gateway_routes

DESCRIPTION = """The live page and the Swagger UI of the whole system, served through the gateway.

It holds nothing and decides nothing: the pages ask the gateway's routes, as every other client does."""


def _others(client: httpx.AsyncClient, settings: PagesSettings) -> dict[str, Ask]:
    """What has no health of its own to ask for, see Operating."""
    others: dict[str, Ask] = {}
    if settings.gateway_url:
        others["gateway"] = gateway_probe(client, settings.gateway_url)
    if settings.smtp_host:
        server = MailServer(settings.smtp_host, settings.smtp_port, settings.smtp_tls == "tls")
        others["mail_server"] = server.failure
    return others


def create_app(settings: PagesSettings | None = None) -> FastAPI:
    settings = settings or load(PagesSettings)
    logs.configure(settings.log_level, settings.log_style)
    client = httpx.AsyncClient(headers=settings.caller_headers, timeout=3, trust_env=False, limits=http_client.LIMITS)
    outside = httpx.AsyncClient(timeout=3, trust_env=False)  # for what is not to get the gateway's secret
    descriptions = Descriptions(client, settings.services)
    rows, bounds = gateway_routes(), limits()

    operating = Operating(client, settings.processes, _others(outside, settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        looking = asyncio.create_task(operating.keep_looking())
        yield
        looking.cancel()
        await asyncio.wait([looking], timeout=1)
        await client.aclose()
        await outside.aclose()

    app = kit.web.app.create_app(
        title="Pages", description=DESCRIPTION, lifespan=lifespan, settings=settings, own_docs=False
    )

    files = read_files()
    made: tuple[Mapping[str, Any], Documentation] | None = None

    async def documentation() -> Documentation:
        nonlocal made
        known = await descriptions.current()
        if made is None or known is not made[0]:
            merged = merge(rows, bounds, {**known, PAGES: app.openapi()}, kit.web.app.VERSION)
            made = known, document(merged)
        return made[1]

    app.include_router(routes(files, documentation))
    app.include_router(operating_route(operating, SessionCheck(client, settings.services["users"])))
    # Nothing is asked for it: without the services the page still comes, and says what does not answer.
    kit.web.app.add_health(app, {})
    return app
