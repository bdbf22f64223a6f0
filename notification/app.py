"""The notification service's HTTP side: `python -m kit.serve notification.app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from kit import faults, logs, web
from kit.amqp import Topology, parameters
from kit.publisher import Publisher
from kit.redis_client import connect
from kit.settings import load
from notification.adapters.classes import Classes
from notification.adapters.delivery_log import DeliveryLog
from notification.adapters.mail_server import OneMailSender
from notification.adapters.receivers import Receivers
from notification.adapters.replays import Replays
from notification.adapters.resolver import Resolver
from notification.adapters.subscriptions import SubscriptionStore
from notification.adapters.tries import Tries
from notification.adapters.webhook import WebhookSender
from notification.adapters.webhook_secrets import WebhookSecrets
from notification.courier import Sender
from notification.deliveries import Deliveries
from notification.delivery_routes import router as delivery_router
from notification.routes import router
from notification.secret_routes import router as secret_router
from notification.service import NotificationService
from notification.settings import NotificationSettings
from notification.trials import Trials

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
    trials = Trials(store, senders, Tries(client, "test", settings.test_notices_per_minute))
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
    )
    app.state.service = NotificationService(
        store, classes, resolver, settings.callback_allowed_networks, Receivers(client)
    )
    redeliveries = Tries(client, "redeliver", settings.redeliveries_per_minute)
    app.state.deliveries = Deliveries(DeliveryLog(client), redeliveries, Replays(publisher, topology))
    app.state.secrets = secrets
    app.state.trials = trials
    app.include_router(router)
    app.include_router(secret_router)
    app.include_router(delivery_router)
    web.add_health(app, {"redis": store.ping})
    return app
