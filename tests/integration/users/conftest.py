"""The users service on a real DynamoDB (DYNAMODB_ENDPOINT), with tables of this test run's own."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from kit.stores import dynamo, dynamo_tables
from kit.stores.ended_sessions import EndedSessionLog
from tests.support.serving import served
from users.adapters.account_store import AccountStore
from users.adapters.mail_outbox import MailOutbox
from users.adapters.session_store import SessionStore
from users.adapters.try_counters import RateCounters
from users.app import create_app
from users.settings import UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def fresh_settings(keys_dir: Path) -> UsersSettings:
    """Settings with a table prefix of their own."""
    settings = UsersSettings(
        jwt_issuer="the issuer",
        jwt_audience="the audience",
        keys_dir=keys_dir,
        tries_per_minute=0,
        failures_per_address=0,
        failures_per_account=0,
    )
    assert settings.dynamodb_endpoint, "DYNAMODB_ENDPOINT must name a running DynamoDB Local"
    return settings.model_copy(update={"table_prefix": f"test.{uuid.uuid4().hex[:12]}."})


@contextmanager
def fresh_tables(settings: UsersSettings) -> Iterator["DynamoDBClient"]:
    client = dynamo.connect(settings)
    definitions = [
        AccountStore(client, settings.table_prefix).definition,
        RateCounters(client, settings.table_prefix).definition,
        SessionStore(client, settings.table_prefix).definition,
        EndedSessionLog(client, settings.table_prefix).definition,
        MailOutbox(client, settings.table_prefix).definition,
    ]
    for definition in definitions:
        dynamo_tables.ensure_table(client, definition)
    AccountStore(client, settings.table_prefix).prepare()
    yield client
    for definition in definitions:
        client.delete_table(TableName=definition["TableName"])
    client.close()


@pytest.fixture
def own_settings(tmp_path: Path) -> UsersSettings:
    return fresh_settings(tmp_path / "keys")


@pytest.fixture
def database(own_settings: UsersSettings) -> Iterator["DynamoDBClient"]:
    with fresh_tables(own_settings) as client:
        yield client


@pytest.fixture
def accounts(database: "DynamoDBClient", own_settings: UsersSettings) -> AccountStore:
    return AccountStore(database, own_settings.table_prefix)


@pytest.fixture
def api(database: "DynamoDBClient", own_settings: UsersSettings) -> Iterator[httpx.Client]:
    with served(create_app(own_settings)) as client:
        yield client
