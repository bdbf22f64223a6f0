"""Links that were sent by mail, kept with their account; a new one takes the place of the one before.

Table `Accounts`, Key account:<name>:
    ResetHash, ResetUntil     of the link that sets a new password (absent: none)
    VerifyHash, VerifyUntil   of the link that verifies the address
    EmailVerified             true when a link that was sent there was used
"""

import secrets
from typing import TYPE_CHECKING, Any

from etc.contracts.account_mails import Purpose
from kit.stores.dynamo import number, text
from users.adapters.account_store import AccountStore, account_key
from users.adapters.mail_outbox import MailOutbox
from users.adapters.transactions import Write, table_expected, write_together
from users.domain.account import Account
from users.domain.errors import LinkOver, NoSuchName
from users.domain.links import Link

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_NAMES: dict[Purpose, str] = {"reset": "Reset", "verify": "Verify"}
_NOBODYS = 1000


class LinkStore:
    def __init__(self, client: "DynamoDBClient", accounts: AccountStore, outbox: MailOutbox) -> None:
        self._client = client
        self._accounts = accounts
        self._table = accounts.table
        self._outbox = outbox

    def put(self, account: Account, link: Link, event_id: str, body: bytes, now: str) -> None:
        """The link and its mail, both or none."""
        name = _NAMES[link.purpose]
        update: Any = {
            "TableName": self._table,
            "Key": {"Key": text(account_key(account.username))},
            "UpdateExpression": f"SET {name}Hash = :hash, {name}Until = :until",
            "ConditionExpression": "attribute_exists(UserID)",
            "ExpressionAttributeValues": {":hash": text(link.hash), ":until": number(link.until_s)},
        }
        stored = Write({"Update": update}, NoSuchName(account.username))
        write_together(self._client, [stored, self._outbox.write_of(event_id, body, now)])

    def pretend(self) -> None:
        """Take as long as `put`, which says nothing then of whether there is an account: writes items of nobody's.

        Any of many, as accounts are: asked for at once, one item would be refused as in another's transaction.
        """
        one_of_many = secrets.randbelow(_NOBODYS)
        update: Any = {
            "TableName": self._table,
            "Key": {"Key": text(f"nobody:link:{one_of_many}")},
            "UpdateExpression": "SET Asked = :now",
            "ExpressionAttributeValues": {":now": number(0)},
        }
        other: Any = {**update, "Key": {"Key": text(f"nobody:mail:{one_of_many}")}}
        nothing = AssertionError("it has no condition")
        write_together(self._client, [Write({"Update": update}, nothing), Write({"Update": other}, nothing)])

    def is_good(self, account: Account, purpose: Purpose, hash_: str, now_s: int) -> bool:
        key = {"Key": text(account_key(account.username))}
        with table_expected():
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        name = _NAMES[purpose]
        return f"{name}Hash" in item and item[f"{name}Hash"]["S"] == hash_ and int(item[f"{name}Until"]["N"]) > now_s

    def use(self, account: Account, purpose: Purpose, hash_: str, now_s: int, new_password_hash: str | None) -> None:
        """Done once: the address is verified, and the password replaced if there is a new one. Raises LinkOver."""
        name = _NAMES[purpose]
        changes = "EmailVerified = :true"
        values: dict[str, Any] = {":true": {"BOOL": True}}
        ends_sessions = ""
        if new_password_hash is not None:
            changes += ", PasswordHash = :new"
            values |= {":new": text(new_password_hash), ":one": number(1)}
            ends_sessions = " ADD SessionEpoch :one"
        update: Any = {
            "TableName": self._table,
            "Key": {"Key": text(account_key(account.username))},
            "UpdateExpression": f"SET {changes} REMOVE {name}Hash, {name}Until{ends_sessions}",
            "ConditionExpression": f"{name}Hash = :hash AND {name}Until > :now",
            "ExpressionAttributeValues": {**values, ":hash": text(hash_), ":now": number(now_s)},
        }
        # Not a single write, also because tried again after its reply was lost it would find that the link was used.
        writes = [Write({"Update": update}, LinkOver())]
        # Who changed the password, and so the epoch, since the account was read has removed the link, too.
        write_together(self._client, [*writes, self._accounts.all_ended(account)] if ends_sessions else writes)
