"""The notification service's HTTP side: `python -m kit.web.serve notification.app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from contracts.topology import Topology
from kit import faults
from kit.messaging.amqp import parameters
from kit.messaging.publisher import Publisher
from kit.observability import logs
from kit.settings import load
from kit.stores.redis_client import connect
from kit.web import app as web
from notification.adapters.classes import Classes
from notification.adapters.delivery_log import DeliveryLog
from notification.adapters.endpoints import Endpoints
from notification.adapters.rate_limiter import RateLimiter
from notification.adapters.redelivery import RedeliveryQueue
from notification.adapters.resolver import Resolver
from notification.adapters.subscriptions import SubscriptionStore
from notification.adapters.webhook_secrets import WebhookSecrets
from notification.api.deliveries import router as delivery_router
from notification.api.secrets import router as secret_router
from notification.api.subscriptions import CALLBACK_URL_FOLLOWS, router
from notification.domain.sender import Sender
from notification.senders.email import OneMailSender
from notification.senders.webhook import WebhookSender
from notification.service.deliveries import Deliveries
from notification.service.event_tester import EventTester
from notification.service.subscriptions import SubscriptionService
from notification.settings import NotificationSettings

_LOOKUPS = 20


def create_app(settings: NotificationSettings | None = None) -> FastAPI:
    """The app; without settings they are read from the environment. Connects when the first request needs it."""
    settings = settings or load(NotificationSettings)
    logs.configure(settings.log_level, settings.log_style)
    faults.arm(settings.fault_point)
    client = connect(settings.redis_url)
    store = SubscriptionStore(client)
    classes = Classes(settings.enrollment_url, settings.caller_headers)
    secrets = WebhookSecrets(client)
    resolver = Resolver(_LOOKUPS)
    webhooks = WebhookSender(
        resolver,
        settings.callback_allowed_networks,
        timeout_s=settings.webhook_timeout_s,
        secrets_of=secrets.of,
        end_subscription=lambda _: None,  # a test only reports that a receiver said 410
    )
    senders: dict[str, Sender] = {"email": OneMailSender(settings), "webhook": webhooks}
    trials = EventTester(store, senders, RateLimiter(client, "test", settings.test_notices_per_minute))
    topology = Topology(settings.amqp_prefix)
    publisher = Publisher(parameters(settings.amqp_url, "notification service"), topology.declare)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        publisher.start()
        yield
        publisher.close()
        trials.close()
        classes.close()

    app = web.create_app(
        title="Enrollment Notification Service",
        description="Subscribe to hear, by e-mail and webhook, when a waitlisted student gets a seat, "
        "and see what was sent.",
        lifespan=lifespan,
        settings=settings,
        url_follows=CALLBACK_URL_FOLLOWS,
    )
    app.state.service = SubscriptionService(
        store, classes, resolver, settings.callback_allowed_networks, Endpoints(client)
    )
    redeliveries = RateLimiter(client, "redeliver", settings.redeliveries_per_minute)
    app.state.deliveries = Deliveries(
        DeliveryLog(client), redeliveries, RedeliveryQueue(publisher, topology), Endpoints(client)
    )
    app.state.secrets = secrets
    app.state.trials = trials
    app.include_router(router)
    app.include_router(secret_router)
    app.include_router(delivery_router)
    web.add_health(app, {"redis": store.ping})
    return app
