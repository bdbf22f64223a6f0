"""The users service: `python -m kit.web.serve users.app:create_app`."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import kit.web.app
from kit import faults
from kit.concurrency import threads
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo_tables
from users.api import jwks, links, routes, sessions, uploads
from users.bootstrap import bootstrap
from users.settings import UsersSettings

DESCRIPTION = """Who may sign in, and with which roles: `student`, `instructor`, `registrar`.

Registering makes a student. `/login` issues a token, which every gateway verifies with the keys of
`/.well-known/jwks.json`. The gateway alone lets callers reach `/getuser` and `/roles`; this service trusts whoever
reaches its port and, where `GATEWAY_SECRET` is set, carries that secret."""


def create_app(settings: UsersSettings | None = None) -> FastAPI:
    settings = settings or load(UsersSettings)
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    deps = bootstrap(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        deps.keys.ensure()
        # Not waited for: until the database is there, requests are answered 503 and /health/ready says why.
        stopped = threading.Event()
        threads.keep_running("prepare-tables", lambda: deps.prepare_tables(stopped))
        if deps.mail_relay:
            deps.mail_relay.start()
        deps.ended_sessions.start()
        yield
        deps.ended_sessions.close()
        if deps.mail_relay:
            deps.mail_relay.close()
        stopped.set()
        deps.database.close()

    app = kit.web.app.create_app(
        title="Users",
        description=DESCRIPTION,
        lifespan=lifespan,
        settings=settings,
        open_paths=(jwks.JWKS_PATH,),
        reply_within_s=settings.reply_within_s,
        ended_sessions=deps.ended_sessions,
    )
    app.state.service = deps.service
    app.state.sessions = deps.sessions
    app.state.links = deps.links
    app.state.loader = deps.account_loader
    app.state.sign_in_threads = deps.sign_in_threads
    app.state.keys = deps.keys
    app.state.jwks_max_age_s = settings.jwks_max_age_s
    for part in (routes, sessions, links, uploads, jwks):
        app.include_router(part.router)
    kit.web.app.add_health(app, {"dynamodb": dynamo_tables.TableProbe(deps.database, deps.tables)})
    return app
