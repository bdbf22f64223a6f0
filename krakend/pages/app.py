"""Wires the pages service: `python -m kit.web.serve krakend.pages.app:create_app`."""

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
from krakend.pages.openapi import merge
from krakend.pages.operating import Operating, operating_route
from krakend.pages.routes import routes
from krakend.pages.settings import PagesSettings
from krakend.pages.shelf import read_files
from krakend.pages.table import PAGES, limits
from krakend.pages.table import routes as gateway_routes

DESCRIPTION = """The live page and the Swagger UI of the whole system, served through the gateway.

It holds nothing and decides nothing: the pages ask the gateway's routes, as every other client does."""


def create_app(settings: PagesSettings | None = None) -> FastAPI:
    settings = settings or load(PagesSettings)
    logs.configure(settings.log_level, settings.log_style)
    client = httpx.AsyncClient(headers=settings.caller_headers, timeout=3, trust_env=False, limits=http_client.LIMITS)
    descriptions = Descriptions(client, settings.services)
    rows, bounds = gateway_routes(), limits()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await client.aclose()

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
    app.include_router(operating_route(Operating(client, settings.processes)))
    # Nothing is asked for it: without the services the page still comes, and says what does not answer.
    kit.web.app.add_health(app, {})
    return app
