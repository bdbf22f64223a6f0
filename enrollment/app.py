"""Wires the enrollment service: `python -m kit.web.serve enrollment.app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware

from enrollment.api import (
    class_changes,
    class_lists,
    histories,
    instructors,
    offers,
    packages,
    positions,
    registrars,
    rosters,
    students,
    uploads,
)
from enrollment.bootstrap import bootstrap, live_positions
from enrollment.settings import EnrollmentSettings
from kit import faults
from kit.concurrency import threads
from kit.observability import logs
from kit.settings import load
from kit.stores import redis_client
from kit.stores.request_claims import RequestClaims
from kit.web import app as web
from kit.web.health_port import Probe
from kit.web.idempotency import describe, with_keys
from kit.web.serve import DRAINING

# Routes that may be repeated under a key. Where the outcome of a command is not all of the reply, it is looked for
# first.
COVERED = (
    "/(enroll|enrollmentdrop|waitlistdrop|drop|students|add|remove|state|capacity|change|policy|swap|pause|message)/"
    "|/offer/[^/]+/[^/]+/(accept|decline)/|/classes(/|$)|/uploads/(classes|enrollments)$"
)
LOOKED_FOR_FIRST = "/(drop|add|remove|state|capacity|change|policy|message|uploads)/|/classes(/|$)"

DESCRIPTION = """Classes, seats and waitlists.

A full class puts you in line; a seat that frees goes to the head of the line at the same moment.
`…/{username}/{email}` name the caller. This service trusts whoever reaches its port and, where `GATEWAY_SECRET`
is set, carries that secret: the gateway in front of it establishes who is calling."""


def create_app(settings: EnrollmentSettings | None = None) -> FastAPI:
    settings = settings or load(EnrollmentSettings)
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    deps = bootstrap(settings, "enrollment")
    live = live_positions(settings, deps)
    claims = RequestClaims(redis_client.connect_async(settings.redis_url), settings.table_prefix)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.worker_threads
        # Not waited for: until the tables are there, requests are answered 503 and /health/ready says why.
        threads.keep_running("make-tables", deps.make_tables)
        deps.outbox_publisher.start()
        deps.heartbeats.start()
        deps.ended_sessions.start()
        yield {DRAINING: live.watch.close}
        deps.ended_sessions.close()
        deps.heartbeats.close()
        deps.outbox_publisher.close()
        deps.listing.close()
        deps.movements.close()
        await live.aclose()
        await claims.aclose()

    app = web.create_app(
        title="Enrollment Service",
        description=DESCRIPTION,
        lifespan=lifespan,
        settings=settings,
        reply_within_s=settings.reply_within_s,
        ended_sessions=deps.ended_sessions,
        ahead_of_routes=[Middleware(positions.Refreshes, live.positions, live.watch)],
        around_routes=[with_keys(deps.idempotency_keys, claims, COVERED, LOOKED_FOR_FIRST)],
    )
    describe(app, COVERED)
    app.state.enrollments = deps.enrollments
    app.state.catalog = deps.catalog
    app.state.classes = deps.classes
    app.state.people = deps.people
    app.state.packages = deps.packages
    app.state.courses = deps.courses
    app.state.instructors = deps.instructors
    app.state.listing = deps.listing
    app.state.movements = deps.movements
    app.state.removals = deps.removals
    app.state.histories = deps.histories
    app.state.rosters = deps.roster_pages
    app.state.messages = deps.messages
    app.state.positions = live.positions
    app.state.offers = deps.offers
    of_students, of_classes = (students, positions, offers), (class_lists, class_changes, uploads, rosters, packages)
    for part in (*of_students, instructors, *of_classes, registrars, histories):
        app.include_router(part.router)
    # RabbitMQ is not asked: without it notices wait in the outbox, and every request is still answered.
    probes: dict[str, Probe] = {
        "dynamodb": deps.require_tables,
        "redis": deps.waitlists.ping,
        "classes": deps.listing.require_first,
    }
    web.add_health(app, probes)
    return app
