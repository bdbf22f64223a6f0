"""Wires the users service: `python -m kit.web.serve users.app:create_app`."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import kit.web.app
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo
from users.adapters.account_store import AccountStore
from users.adapters.rate_limiter import RateLimiter
from users.api.routes import routes
from users.service.accounts import UserService
from users.service.passwords import Passwords, SignInThreads
from users.service.tokens import TokenMaker
from users.settings import UsersSettings

DESCRIPTION = """Who may sign in, and with which roles: `student`, `instructor`, `registrar`.

Registering makes a student. The gateway signs what `/login` replies and is the only one to let callers reach
`/getuser` and `/roles`; this service trusts whoever reaches its port and, where `GATEWAY_SECRET` is set, carries that
secret."""


def create_app(settings: UsersSettings | None = None) -> FastAPI:
    settings = settings or load(UsersSettings)
    logs.configure(settings.log_level, settings.log_style)
    client = dynamo.connect(settings)
    accounts = AccountStore(client, settings.table_prefix)
    tries = RateLimiter(client, settings.table_prefix, settings.tries_per_minute)
    tokens = TokenMaker(settings.jwt_issuer, settings.jwt_audience, settings.token_lifetime_s)
    service = UserService(accounts, Passwords(at_once=settings.hashes_at_once), tokens, tries)

    tables = [accounts.definition, tries.definition]

    def make_tables() -> None:
        dynamo.ensure_tables(client, tables)
        tries.let_expire()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Not waited for: until the database is there, requests are answered 503 and /health/ready says why.
        threading.Thread(target=make_tables, name="make-tables", daemon=True).start()
        yield
        client.close()

    app = kit.web.app.create_app(title="Users", description=DESCRIPTION, lifespan=lifespan, settings=settings)
    app.include_router(routes(service, SignInThreads(settings.sign_in_threads, settings.sign_in_queue)))
    kit.web.app.add_health(app, {"dynamodb": lambda: dynamo.require_tables(client, tables)})
    return app
