"""The one place where the enrollment service is wired, for its web process and its others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from enrollment.adapters.class_feed import ClassFeed
from enrollment.adapters.class_store import ClassStore
from enrollment.adapters.heartbeats import Heartbeats
from enrollment.adapters.instructors import Instructors
from enrollment.adapters.outbox import Outbox
from enrollment.adapters.outcomes import Outcomes
from enrollment.adapters.people import People
from enrollment.adapters.roster_store import RosterStore
from enrollment.adapters.subscriptions import Subscriptions
from enrollment.adapters.tables import Tables
from enrollment.adapters.turn_queue import TurnQueue
from enrollment.adapters.waitlist_cache import WaitlistCache
from enrollment.adapters.waitlist_reader import WaitlistReader
from enrollment.api.schemas import ClassDetails
from enrollment.domain.class_section import ClassSection
from enrollment.domain.offer_links import OfferLinks
from enrollment.service.catalog import Catalog
from enrollment.service.class_messages import ClassMessages
from enrollment.service.committer import Committer
from enrollment.service.courses import Courses
from enrollment.service.enrollments import Enrollments
from enrollment.service.histories import Histories
from enrollment.service.listing import Listing
from enrollment.service.movements import GROWTH_MINUTES, MINUTES, Movements
from enrollment.service.offers import Offers
from enrollment.service.oneroster_export import OneRosterExport
from enrollment.service.outbox_publisher import OutboxPublisher
from enrollment.service.position_watch import PositionWatch
from enrollment.service.positions import Positions
from enrollment.service.recent_sections import RecentSections
from enrollment.service.removals import Removals
from enrollment.service.roster_pages import RosterPages
from enrollment.service.turns import Turns
from enrollment.service.unit_of_work import UnitOfWork
from enrollment.service.waitlist_rebuilder import WaitlistRebuilder
from enrollment.settings import EnrollmentSettings
from etc.contracts.topology import Topology
from kit.messaging import amqp
from kit.messaging.publisher import Publisher
from kit.observability import correlation
from kit.sessions import EndedSessions
from kit.stores import dynamo, dynamo_tables, redis_client
from kit.stores.database_clock import DatabaseClock
from kit.stores.dynamo_calls import READ_TIMEOUT_S
from kit.stores.ended_sessions import EndedSessionLog
from kit.stores.idempotency_keys import IdempotencyKeys
from kit.stores.minute_counts import MinuteCounts
from kit.web import http_client

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Dependencies:
    database: "DynamoDBClient"
    tables: Tables
    outbox: Outbox
    publisher: Publisher
    outbox_publisher: OutboxPublisher
    waitlists: WaitlistCache
    rebuilder: WaitlistRebuilder
    rosters: RosterStore
    classes: ClassStore
    courses: Courses
    enrollments: Enrollments
    instructors: Instructors
    people: People
    catalog: Catalog
    feed: ClassFeed
    listing: Listing
    movements: Movements
    heartbeats: Heartbeats
    removals: Removals
    require_tables: dynamo_tables.TableProbe
    histories: Histories
    roster_pages: RosterPages
    messages: ClassMessages
    packages: OneRosterExport
    offers: Offers
    idempotency_keys: IdempotencyKeys
    ended_sessions: EndedSessions

    def make_tables(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Make what is missing, and fit in what an earlier version has left; waits until the database is there."""
        dynamo_tables.ensure_tables(self.database, self.tables.definitions, stopped)
        if not stopped():
            self.classes.adopt_sections()


@dataclass(frozen=True)
class LivePositions:
    """Positions in line and their watch, for one event loop."""

    positions: Positions
    watch: PositionWatch
    aclose: Callable[[], Awaitable[None]]


def live_positions(settings: EnrollmentSettings, deps: Dependencies) -> LivePositions:
    redis = redis_client.connect_async(settings.redis_url)
    reader = WaitlistReader(redis)
    positions = Positions(reader, deps.rebuilder, deps.rosters.classes_waited_for)
    watch = PositionWatch(reader, positions, settings.position_waits_most, settings.position_wait_longest_s)
    return LivePositions(positions, watch, redis.aclose)


def bootstrap(settings: EnrollmentSettings, name: str, database_timeout_s: float = READ_TIMEOUT_S) -> Dependencies:
    """Nothing is started yet, and no table is made. `name` is shown by RabbitMQ for the connection."""
    tables = Tables(settings.table_prefix)
    database = dynamo.connect(settings, database_timeout_s)
    redis = redis_client.connect(settings.redis_url)
    topology = Topology(settings.amqp_prefix)
    publisher = Publisher(amqp.Hosts(settings.amqp_url, name), topology.declare)
    outbox = Outbox(database, tables)
    outbox_publisher = OutboxPublisher(publisher, outbox, topology.events, settings.publish_timeout_s)
    clock = DatabaseClock()
    clock.follow(database)
    subscriptions = Subscriptions(database, tables.subscriptions, redis)
    rosters = RosterStore(database, tables, outbox, subscriptions, clock.now_s)
    waitlists = WaitlistCache(redis)
    rebuilder = WaitlistRebuilder(rosters, waitlists)
    classes = ClassStore(database, tables, rosters)
    feed = ClassFeed(redis, settings.table_prefix)
    listing = Listing(feed, classes, lambda section: ClassDetails.of(section).model_dump(), settings.list_max_age_s)
    links = OfferLinks(settings.offer_link_secret.get_secret_value(), settings.public_url)
    keys = IdempotencyKeys(database, settings.table_prefix)
    outcomes = Outcomes(keys)
    recent = RecentSections()
    movements = Movements(
        MinuteCounts(redis, f"{settings.table_prefix}movements", MINUTES),
        MinuteCounts(redis, f"{settings.table_prefix}line-growth", GROWTH_MINUTES),
        listing,
    )
    views = (listing.committed, listing.in_doubt, movements.committed)
    publish = outbox_publisher.publish
    committer = Committer(rosters, waitlists, rebuilder, subscriptions, outcomes, links, recent, publish, *views)
    turns, threads = Turns(TurnQueue(redis), recent), settings.worker_threads
    unit_of_work = UnitOfWork(rosters, outcomes, committer, recent, outbox_publisher, turns, threads)
    enrollments = Enrollments(unit_of_work, rosters)
    users = httpx.Client(
        base_url=http_client.instances(settings.users_url)[0],
        headers=settings.caller_headers,
        timeout=3,
        trust_env=False,
        transport=http_client.transport(settings.users_url),
        event_hooks={"request": [correlation.inject_headers]},
    )
    instructors, people = Instructors(users), People(users)

    def added(section: ClassSection) -> None:
        recent.committed(section)
        listing.committed(section)

    catalog = Catalog(classes, rosters, enrollments, instructors, outcomes, on_commit=added)
    removals = Removals(classes, rosters, enrollments, waitlists)
    roster_pages = RosterPages(catalog, rosters, people)
    return Dependencies(
        database,
        tables,
        outbox,
        publisher,
        outbox_publisher,
        waitlists,
        rebuilder,
        rosters,
        classes,
        Courses(classes.courses, rosters, rosters.claims, enrollments),
        enrollments,
        instructors,
        people,
        catalog,
        feed,
        listing,
        movements,
        Heartbeats(redis, settings.table_prefix),
        removals,
        dynamo_tables.TableProbe(database, tables.definitions),
        Histories(rosters.history, rosters, people),
        roster_pages,
        ClassMessages(roster_pages, outbox, outbox_publisher),
        OneRosterExport(rosters, people),
        Offers(links, rosters, enrollments, settings.zone),
        keys,
        EndedSessions(EndedSessionLog(database, settings.table_prefix, clock.now_s)),
    )
