"""What was done is not refused because the reply to it was lost on its way from the database."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.lost_replies import LostReplies
from users.adapters.account_store import AccountStore
from users.adapters.link_store import LinkStore
from users.adapters.mail_outbox import MailOutbox
from users.domain.account import Account
from users.domain.errors import LinkOver, PasswordChanged
from users.domain.links import Link
from users.settings import UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def jo(accounts: AccountStore) -> Account:
    accounts.add(Account(13, "jo", "jo@example.com", ("student",), "the old hash"))
    return accounts.require(13)


def test_a_new_password_is_not_said_to_have_been_changed_by_another(
    database: "DynamoDBClient", accounts: AccountStore, jo: Account
) -> None:
    replies = LostReplies(database)
    replies.arm()
    changed = accounts.change_password(jo, "the new hash")
    assert replies.lost == 1
    assert changed == accounts.require(13) == replace(jo, password_hash="the new hash", session_epoch=1)
    with pytest.raises(PasswordChanged):
        accounts.change_password(jo, "another hash")


def test_a_link_that_was_just_used_is_not_said_to_be_over(
    database: "DynamoDBClient", accounts: AccountStore, own_settings: UsersSettings, jo: Account
) -> None:
    links = LinkStore(database, accounts, MailOutbox(database, own_settings.table_prefix))
    now_s = int(time.time())
    links.put(jo, Link("reset", "a hash of the link", now_s + 60), "an event", b"{}", "2026-11-28T12:00:00Z")
    replies = LostReplies(database)
    replies.arm()
    links.use(jo, "reset", "a hash of the link", now_s, "the new hash")
    assert replies.lost == 1
    assert accounts.require(13).password_hash == "the new hash"
    assert accounts.require(13).session_epoch == 1
    with pytest.raises(LinkOver):
        links.use(jo, "reset", "a hash of the link", now_s, "another hash")
