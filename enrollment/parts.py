"""The one place where the parts of the enrollment service are put together, for its web process and its others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from enrollment.adapters.class_store import ClassStore
from enrollment.adapters.instructors import Instructors
from enrollment.adapters.line import Line
from enrollment.adapters.outbox import Outbox
from enrollment.adapters.roster_store import RosterStore
from enrollment.adapters.subscriptions import Subscriptions
from enrollment.adapters.tables import Tables
from enrollment.announcer import Announcer
from enrollment.catalog import Catalog
from enrollment.commits import Commits
from enrollment.domain.roster import Standing
from enrollment.enrollments import Enrollments
from enrollment.listing import Listing
from enrollment.routes.replies import ClassDetails
from enrollment.settings import EnrollmentSettings
from kit import amqp, correlation, dynamo, http_client, redis_client
from kit.publisher import Publisher

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Parts:
    database: "DynamoDBClient"
    tables: Tables
    outbox: Outbox
    publisher: Publisher
    announcer: Announcer
    line: Line
    rosters: RosterStore
    classes: ClassStore
    enrollments: Enrollments
    catalog: Catalog
    listing: Listing

    def require_tables(self) -> None:
        """Raises Unavailable unless all tables are there."""
        dynamo.require_tables(self.database, self.tables.definitions)


def put_together(settings: EnrollmentSettings, name: str) -> Parts:
    """Nothing is started yet, and no table is made. `name` is shown by RabbitMQ for the connection."""
    tables = Tables(settings.table_prefix)
    database = dynamo.connect(settings)
    redis = redis_client.connect(settings.redis_url)
    topology = amqp.Topology(settings.amqp_prefix)
    publisher = Publisher(amqp.parameters(settings.amqp_url, name), topology.declare)
    outbox = Outbox(database, tables)
    announcer = Announcer(publisher, outbox, topology.events, settings.publish_timeout_s)
    rosters = RosterStore(database, tables, outbox)
    line = Line(redis)
    classes = ClassStore(database, tables, rosters)
    listing = Listing(
        lambda: classes.pages(Standing.ACTIVE),
        lambda facts: ClassDetails.of(facts).model_dump(),
        settings.list_max_age_s,
    )
    commits = Commits(
        rosters, line, Subscriptions(redis), announcer, settings.commit_patience_s, on_commit=listing.committed
    )
    enrollments = Enrollments(commits, rosters)
    users = httpx.Client(
        base_url=settings.users_url,
        headers=settings.caller_headers,
        timeout=3,
        trust_env=False,
        limits=http_client.LIMITS,
        event_hooks={"request": [correlation.stamp]},
    )
    instructors = Instructors(users)
    catalog = Catalog(classes, rosters, enrollments, instructors, on_commit=listing.committed)
    return Parts(database, tables, outbox, publisher, announcer, line, rosters, classes, enrollments, catalog, listing)
