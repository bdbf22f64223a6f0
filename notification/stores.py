"""The stores of the notification service and its consumers; the first process prepares them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis

from kit.concurrency.retries import keep_trying
from kit.stores import dynamo, dynamo_tables
from kit.stores.idempotency_keys import IdempotencyKeys
from kit.stores.minute_counts import MinuteCounts
from kit.stores.redis_client import connect, translated
from notification.adapters.endpoints import EndpointItems, Endpoints
from notification.adapters.subscription_view import SubscriptionView
from notification.adapters.subscriptions import SubscriptionStore
from notification.adapters.tables import Tables
from notification.adapters.upgrade import Upgrade
from notification.adapters.webhook_secrets import WebhookSecrets
from notification.settings import CallbackSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MINUTES_COUNTED = 180


@dataclass(frozen=True)
class Stores:
    database: "DynamoDBClient"
    tables: Tables
    client: redis.Redis
    view: SubscriptionView
    subscriptions: SubscriptionStore
    endpoints: Endpoints
    secrets: WebhookSecrets
    upgrade: Upgrade
    answering: dynamo_tables.TableProbe
    idempotency_keys: IdempotencyKeys
    minute_counts: MinuteCounts

    def require_database(self) -> None:
        """Readiness probe: raises Unavailable until the tables are there and hold what 1.1 kept in Redis."""
        self.answering()
        self.upgrade.require_moved()

    def require_redis(self) -> None:
        """Readiness probe: raises Unavailable when Redis does not answer or takes no writes."""
        with translated():
            self.client.set("ready:notification", "", ex=60)

    def prepare(self, stopping: Callable[[], bool]) -> None:
        """Make what tables are missing and move what 1.1 kept in Redis; returns when both is done, or when stopping."""
        dynamo_tables.ensure_tables(self.database, self.tables.definitions, stopping)
        keep_trying(self.upgrade.run, stopping)


def open_stores(settings: CallbackSettings, kind: type[redis.Redis] = redis.Redis) -> Stores:
    """Nothing is asked yet."""
    database = dynamo.connect(settings)
    tables = Tables(settings.table_prefix)
    client = connect(settings.redis_url, kind)
    view = SubscriptionView(client)
    items = EndpointItems(database, tables)
    keys = IdempotencyKeys(database, settings.table_prefix)
    return Stores(
        database,
        tables,
        client,
        view,
        SubscriptionStore(database, tables, view, keys),
        Endpoints(items, client),
        WebhookSecrets(items, keys),
        Upgrade(database, tables, client),
        dynamo_tables.TableProbe(database, tables.definitions),
        keys,
        MinuteCounts(client, f"{settings.table_prefix}notices", MINUTES_COUNTED),
    )
