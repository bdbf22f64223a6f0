"""The notification service's HTTP side: `python -m kit.web.serve notification.app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

from fastapi import Depends, FastAPI

from etc.contracts.topology import Topology
from kit import faults
from kit.concurrency import threads
from kit.messaging.amqp import Hosts
from kit.messaging.publisher import Publisher
from kit.observability import logs
from kit.settings import load
from kit.web import app as web
from kit.web.idempotency import describe, with_keys
from notification.adapters.classes import Classes
from notification.adapters.dead_letter_office import DeadLetterOffice
from notification.adapters.delivery_log import DeliveryLog
from notification.adapters.rate_limiter import RateLimiter
from notification.adapters.redelivery import RedeliveryQueue
from notification.adapters.resolver import Resolver
from notification.api.dead_letters import router as dead_letter_router
from notification.api.deliveries import router as delivery_router
from notification.api.minutes import router as minutes_router
from notification.api.secrets import router as secret_router
from notification.api.subscriptions import CALLBACK_URL_FOLLOWS, router
from notification.api.unsubscribe import router as unsubscribe_router
from notification.channels import testers
from notification.domain.mail_links import UnsubscribeLinks
from notification.service.deliveries import Deliveries
from notification.service.event_tester import EventTester
from notification.service.subscriptions import SubscriptionService
from notification.service.unsubscribing import Unsubscribing
from notification.settings import NotificationSettings
from notification.stores import open_stores

# Routes that may be repeated under a key: subscribing, unsubscribing, resuming, testing, another secret, sending again.
KEYED = (
    r"/subscribe/(remove/[^/]*/[^/]*$|secret/[^/]*/rotate$|[^/]*/[^/]*(/(resume|test)$|/[^/]*/[^/]*/|$))"
    r"|/deliveries/[^/]*/[^/]*/redeliver$|/dead-letters/replay$"
)
# All but another secret, which is kept in one place only: who asks again gets the one that is valid.
LOOKED_FOR_FIRST = "(?!/subscribe/secret/)"
# Of the threads for requests no more than these wait for name servers when students subscribe; beyond them a name
# passes, and is looked at when something is sent there.
_LOOKUPS_TO_SUBSCRIBE = 8


def create_app(settings: NotificationSettings | None = None) -> FastAPI:
    """The app; without settings they are read from the environment. Connects when the first request needs it."""
    settings = settings or load(NotificationSettings)
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    stores, closing = open_stores(settings), Event()
    classes = Classes(settings.enrollment_url, settings.caller_headers)
    senders = testers(settings, stores)
    tests = RateLimiter(stores.client, "test", settings.test_notices_per_minute)
    event_tester = EventTester(stores.subscriptions, senders, tests)
    topology = Topology(settings.amqp_prefix)
    publisher = Publisher(Hosts(settings.amqp_url, "notification service"), topology.declare)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Not waited for: until it is done, requests are answered 503 and /health/ready says why.
        threads.keep_running("prepare-stores", lambda: stores.prepare(closing.is_set))
        stores.view.start(stores.subscriptions.of)
        publisher.start()
        yield
        publisher.close()
        event_tester.close()
        closing.set()
        stores.view.close()
        classes.close()

    app = web.create_app(
        title="Enrollment Notification Service",
        description="Subscribe to hear, by e-mail and webhook, when a waitlisted student gets a seat, "
        "and see what was sent.",
        lifespan=lifespan,
        settings=settings,
        url_follows=CALLBACK_URL_FOLLOWS,
        reply_within_s=settings.reply_within_s,
        around_routes=[with_keys(stores.idempotency_keys, KEYED, LOOKED_FOR_FIRST)],
    )
    describe(app, KEYED)
    app.state.service = SubscriptionService(
        stores.subscriptions,
        classes,
        Resolver(_LOOKUPS_TO_SUBSCRIBE),
        settings.callback_allowed_networks,
        stores.endpoints,
    )
    redeliveries = RateLimiter(stores.client, "redeliver", settings.redeliveries_per_minute)
    app.state.deliveries = Deliveries(
        DeliveryLog(stores.client),
        redeliveries,
        RedeliveryQueue(publisher, topology, stores.idempotency_keys),
        stores.endpoints,
        senders,
    )
    app.state.secrets = stores.secrets
    secret = settings.unsubscribe_link_secret
    links = UnsubscribeLinks(secret) if secret else None
    app.state.unsubscribing = Unsubscribing(stores.subscriptions, links, classes.name)
    app.state.event_tester = event_tester
    for each in (router, secret_router, delivery_router, unsubscribe_router):
        app.include_router(each, dependencies=[Depends(stores.upgrade.require_moved)])
    app.state.notice_counts = stores.minute_counts
    app.state.dead_letters = DeadLetterOffice(settings.amqp_url, topology)
    app.include_router(dead_letter_router)
    app.include_router(minutes_router)
    web.add_health(app, {"dynamodb": stores.require_database, "redis": stores.require_redis})
    return app
