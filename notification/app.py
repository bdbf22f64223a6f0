"""The notification service's HTTP side: `python -m kit.web.serve notification.app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

from fastapi import Depends, FastAPI

from kit import faults
from kit.concurrency import threads
from kit.observability import logs
from kit.sessions import EndedSessions
from kit.settings import load
from kit.stores.database_clock import DatabaseClock
from kit.stores.ended_sessions import EndedSessionLog
from kit.stores.redis_client import connect_async
from kit.stores.request_claims import RequestClaims
from kit.web import app as web
from kit.web.idempotency import describe, with_keys
from notification.api.dead_letters import router as dead_letter_router
from notification.api.deliveries import router as delivery_router
from notification.api.minutes import router as minutes_router
from notification.api.secrets import router as secret_router
from notification.api.subscriptions import CALLBACK_URL_FOLLOWS, router
from notification.api.unsubscribe import router as unsubscribe_router
from notification.bootstrap import bootstrap
from notification.channels import testers
from notification.settings import NotificationSettings
from notification.stores import open_stores

# Routes that may be repeated under a key: subscribing, unsubscribing, resuming, testing, another secret, sending again.
KEYED = (
    r"/subscribe/(remove/[^/]*/[^/]*$|secret/[^/]*/rotate$|[^/]*/[^/]*(/(resume|test)$|/[^/]*/[^/]*/|$))"
    r"|/deliveries/[^/]*/[^/]*/redeliver$|/dead-letters/replay$"
)
# All but another secret, which is kept in one place only: who asks again gets the one that is valid.
LOOKED_FOR_FIRST = "(?!/subscribe/secret/)"


def create_app(settings: NotificationSettings | None = None) -> FastAPI:
    """The app; without settings they are read from the environment. Connects when the first request needs it."""
    settings = settings or load(NotificationSettings)
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    stores, closing = open_stores(settings), Event()
    claims = RequestClaims(connect_async(settings.redis_url), settings.table_prefix)
    clock = DatabaseClock()
    clock.follow(stores.database)
    ended_sessions = EndedSessions(EndedSessionLog(stores.database, settings.table_prefix, clock.now_s))
    deps = bootstrap(settings, stores, testers(settings, stores))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Not waited for: until it is done, requests are answered 503 and /health/ready says why.
        threads.keep_running("prepare-stores", lambda: stores.prepare(closing.is_set))
        deps.start()
        ended_sessions.start()
        yield
        ended_sessions.close()
        closing.set()
        deps.close()
        await claims.aclose()

    app = web.create_app(
        title="Enrollment Notification Service",
        description="Subscribe to hear, by e-mail and webhook, when a waitlisted student gets a seat, "
        "and see what was sent.",
        lifespan=lifespan,
        settings=settings,
        url_follows=CALLBACK_URL_FOLLOWS,
        reply_within_s=settings.reply_within_s,
        ended_sessions=ended_sessions,
        around_routes=[with_keys(stores.idempotency_keys, claims, KEYED, LOOKED_FOR_FIRST)],
    )
    describe(app, KEYED)
    app.state.service = deps.service
    app.state.deliveries = deps.deliveries
    app.state.secrets = stores.secrets
    app.state.unsubscribing = deps.unsubscribing
    app.state.event_tester = deps.event_tester
    app.state.notice_counts = stores.minute_counts
    app.state.dead_letters = deps.dead_letters
    for each in (router, secret_router, delivery_router, unsubscribe_router):
        app.include_router(each, dependencies=[Depends(stores.upgrade.require_moved)])
    app.include_router(dead_letter_router)
    app.include_router(minutes_router)
    web.add_health(app, {"dynamodb": stores.require_database, "redis": stores.require_redis})
    return app
