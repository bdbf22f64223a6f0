"""The one place where the users service is wired, for its web process and its commands."""

from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from kit.settings import DynamoSettings
from kit.stores import dynamo
from users.adapters import tables
from users.adapters.account_store import AccountStore
from users.adapters.session_store import SessionStore
from users.adapters.signing_keys import SigningKeys
from users.adapters.try_counters import TryCounters
from users.domain.sessions import SessionLimits
from users.service.account_loader import AccountLoader
from users.service.accounts import UserService
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
    tries: TryCounters
    keys: SigningKeys
    stored_sessions: SessionStore
    service: UserService
    account_loader: AccountLoader
    sessions: SessionService
    sign_in_threads: SignInThreads

    def prepare_tables(self, stopped: Event) -> None:
        """Make them, and what they need before they are used. Returns when that is done, or when stopped."""
        make = partial(dynamo.ensure_tables, self.database, self.tables, stopped.is_set)
        tables.prepare([make, self.accounts.prepare], stopped)


def bootstrap(settings: UsersSettings) -> Dependencies:
    """Nothing is started yet, and no table and no key is made."""
    database = dynamo.connect(settings, DATABASE_TIMEOUT_S)
    accounts = AccountStore(database, settings.table_prefix)
    tries = TryCounters(database, settings.table_prefix)
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
    stored_sessions = SessionStore(database, settings.table_prefix)
    short_lived = replace(tokens, lifetime_s=settings.session_token_lifetime_s)
    bounds = SessionLimits(settings.session_idle_s, settings.session_lifetime_s)
    sessions = SessionService(service, accounts, stored_sessions, passwords, short_lived, bounds)
    loader = AccountLoader(accounts, passwords)
    threads = SignInThreads(settings.sign_in_threads, settings.sign_in_queue)
    return Dependencies(
        database=database,
        tables=[accounts.definition, tries.definition, stored_sessions.definition],
        accounts=accounts,
        tries=tries,
        keys=keys,
        stored_sessions=stored_sessions,
        service=service,
        account_loader=loader,
        sessions=sessions,
        sign_in_threads=threads,
    )


def signing_keys(settings: SigningKeySettings) -> SigningKeys:
    return SigningKeys(settings.keys_dir, settings.key_publish_lead_s)


def account_store(settings: DynamoSettings) -> AccountStore:
    """For commands. Waits until the database is there and the table is made."""
    database = dynamo.connect(settings)
    accounts = AccountStore(database, settings.table_prefix)
    dynamo.ensure_tables(database, [accounts.definition])
    accounts.prepare()
    return accounts
