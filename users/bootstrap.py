"""The one place where the users service is wired, for its web process and its commands."""

from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any

from tenacity import sleep_using_event

from etc.contracts import account_mails
from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.concurrency.retries import keep_trying
from kit.messaging.amqp import Hosts
from kit.messaging.publisher import Publisher
from kit.sessions import EndedSessions
from kit.settings import DynamoSettings
from kit.stores import dynamo, dynamo_tables
from kit.stores.database_clock import DatabaseClock
from kit.stores.ended_sessions import EndedSessionLog
from users.adapters.account_store import AccountStore
from users.adapters.link_store import LinkStore
from users.adapters.mail_outbox import MailOutbox
from users.adapters.session_store import SessionStore
from users.adapters.signing_keys import SigningKeys
from users.adapters.try_counters import RateCounters
from users.domain.sessions import SessionLimits
from users.service.account_links import AccountLinks
from users.service.account_loader import AccountLoader
from users.service.accounts import UserService
from users.service.mail_relay import MailRelay
from users.service.passwords import Passwords
from users.service.sessions import SessionService
from users.service.sign_in_limits import Limits, SignInLimits
from users.service.sign_in_threads import SignInThreads
from users.service.tokens import TokenIssuer
from users.settings import SigningKeySettings, UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


DATABASE_TIMEOUT_S = 1.0  # every call is one of single items


@dataclass(frozen=True)
class Dependencies:
    database: "DynamoDBClient"
    tables: list[dict[str, Any]]
    accounts: AccountStore
    tries: RateCounters
    keys: SigningKeys
    stored_sessions: SessionStore
    ended_sessions: EndedSessions
    service: UserService
    account_loader: AccountLoader
    sessions: SessionService
    sign_in_threads: SignInThreads
    links: AccountLinks
    mail_relay: MailRelay | None

    def prepare_tables(self, stopped: Event) -> None:
        """Make them, and what they need before they are used. Returns when that is done, or when stopped."""
        dynamo_tables.ensure_tables(self.database, self.tables, stopped.is_set)
        keep_trying(self.accounts.prepare, stopped.is_set, sleep=sleep_using_event(stopped))


def bootstrap(settings: UsersSettings) -> Dependencies:
    """Nothing is started yet, and no table and no key is made."""
    database = dynamo.connect(settings, DATABASE_TIMEOUT_S)
    clock = DatabaseClock()
    clock.follow(database)
    ended = EndedSessionLog(database, settings.table_prefix, clock.now_s)
    accounts = AccountStore(database, settings.table_prefix, ended)
    tries = RateCounters(database, settings.table_prefix)
    limits = SignInLimits(
        tries,
        Limits(
            per_account=settings.tries_per_minute,
            failures_per_network=settings.failures_per_address,
            failures_per_account=settings.failures_per_account,
        ),
    )
    keys = signing_keys(settings)
    tokens = TokenIssuer(settings.jwt_issuer, settings.jwt_audience, settings.token_lifetime_s, keys)
    passwords = Passwords(at_once=settings.hashes_at_once)
    service = UserService(accounts, passwords, tokens, limits)
    stored_sessions = SessionStore(database, settings.table_prefix, ended)
    short_lived = replace(tokens, lifetime_s=settings.session_token_lifetime_s)
    bounds = SessionLimits(settings.session_idle_s, settings.session_lifetime_s)
    sessions = SessionService(service, accounts, stored_sessions, passwords, short_lived, bounds)
    loader = AccountLoader(accounts, passwords)
    threads = SignInThreads(settings.sign_in_threads, settings.sign_in_queue)
    outbox = MailOutbox(database, settings.table_prefix)
    relay = _mail_relay(settings, outbox)
    link_store = LinkStore(database, accounts, outbox)
    written = relay.soon if relay else None
    links = AccountLinks(service, link_store, passwords, limits, settings.public_url.rstrip("/"), written)
    return Dependencies(
        database=database,
        tables=[each.definition for each in (accounts, tries, stored_sessions, ended, outbox)],
        accounts=accounts,
        tries=tries,
        keys=keys,
        stored_sessions=stored_sessions,
        ended_sessions=EndedSessions(ended),
        service=service,
        account_loader=loader,
        sessions=sessions,
        sign_in_threads=threads,
        links=links,
        mail_relay=relay,
    )


def _mail_relay(settings: UsersSettings, outbox: MailOutbox) -> MailRelay | None:
    if not settings.amqp_url:
        return None
    topology = Topology(settings.amqp_prefix)
    publisher = Publisher(Hosts(settings.amqp_url, "users"), topology.declare)
    return MailRelay(outbox, publisher, topology.queue(Channel.EMAIL), account_mails.TYPE)


def signing_keys(settings: SigningKeySettings) -> SigningKeys:
    return SigningKeys(settings.keys_dir, settings.key_publish_lead_s)


def account_store(settings: DynamoSettings) -> AccountStore:
    """For commands. Waits until the database is there and the table is made."""
    database = dynamo.connect(settings)
    accounts = AccountStore(database, settings.table_prefix)
    dynamo_tables.ensure_tables(database, [accounts.definition])
    accounts.prepare()
    return accounts
