"""The accounts in DynamoDB: all reading and writing of them.

Table `Accounts`, string key `Key`:
    account:<name in small letters>   UserID, UserName, Email, Roles (string set), PasswordHash,
                                      SessionEpoch (absent: 0; how often all its sessions were ended), and what
                                      users.adapters.link_store has there
    user:<id>                         Account: the key of the account, so that it is found by its id
    next:user                         Value: the user id last given out (kit.stores.dynamo)
    role:registrar                    see users.adapters.registrars

Index `by-email`, string key `Email`, keys only: the accounts of an address, as it was written at registration.

The account is kept under its name and not under its id for two reasons: the name is unique without anything more,
and a login, which comes by name, is one read whether the name is known or not.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from kit.errors import Unavailable
from kit.stores.dynamo import Item, batch_get, number, reserve_ids, text
from kit.stores.ended_sessions import EndedSessionLog
from users.adapters.registrars import Registrars
from users.adapters.transactions import Write, table_expected, write_together
from users.domain.account import Account, Role, account_name, in_order
from users.domain.errors import LastRegistrar, NameTaken, NoSuchUser, PasswordChanged, RolesChanged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


BY_EMAIL = "by-email"
MOST_AT_ONCE = 100  # what BatchGetItem takes


class AccountStore:
    def __init__(self, client: "DynamoDBClient", table_prefix: str, ended: EndedSessionLog | None = None) -> None:
        self._client = client
        self._ended = ended or EndedSessionLog(client, table_prefix)
        self.table = f"{table_prefix}Accounts"
        self._registrars = Registrars(client, self.table)

    @property
    def definition(self) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "AttributeDefinitions": [
                {"AttributeName": "Key", "AttributeType": "S"},
                {"AttributeName": "Email", "AttributeType": "S"},
            ],
            "KeySchema": [{"AttributeName": "Key", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": BY_EMAIL,
                    "KeySchema": [{"AttributeName": "Email", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        }

    def prepare(self) -> None:
        """Prepare the table before it is used, whichever version made it. Idempotent."""
        self._registrars.note()

    def next_id(self) -> int:
        """A user id nobody else gets. Atomic."""
        with table_expected():
            return reserve_ids(self._client, self.table, "user")

    def add(self, account: Account) -> None:
        """Write a new account. Atomic; raises NameTaken if the name is somebody's, and then changes nothing."""
        write_together(self._client, self._puts(account))

    def add_first(self, accounts: list[Account]) -> bool:
        """Write these as the first accounts ever, and count on from the highest id. Atomic.

        False, with nothing changed, if an id was given out before.
        """
        counter = {"Key": text("next:user"), "Value": number(max(account.id for account in accounts))}
        begun = NameTaken("of a demo user")
        writes = [self._put_new(counter, begun)]
        for account in accounts:
            writes += self._puts(account)
        try:
            write_together(self._client, writes)
        except NameTaken:
            return False
        return True

    def get_by_name(self, username: str) -> Account | None:
        return self._get(account_key(username))

    def get(self, user_id: int) -> Account | None:
        pointer = self._read(f"user:{user_id}")
        return self._get(pointer["Account"]["S"]) if pointer else None

    def require(self, user_id: int) -> Account:
        account = self.get(user_id)
        if account is None:
            raise NoSuchUser(user_id)
        return account

    def those(self, user_ids: Collection[int]) -> list[Account]:
        """Those of these (at most MOST_AT_ONCE) accounts that exist, by id. Two round trips."""
        pointers = self._read_all([f"user:{user_id}" for user_id in set(user_ids)])
        return self._accounts([pointer["Account"]["S"] for pointer in pointers])

    def named(self, usernames: Collection[str]) -> list[Account]:
        """Those of these (at most MOST_AT_ONCE) accounts that exist, by id."""
        return self._accounts(sorted({account_key(username) for username in usernames}))

    def of_address(self, email: str) -> list[Account]:
        """The accounts (at most MOST_AT_ONCE) with this address, as it is written or in small letters, by id.

        The index may lag with new ones. Raises Unavailable, also while a table of 1.1 gets the index.
        """
        keys: set[str] = set()
        for written in {email, email.lower()}:
            with table_expected():
                try:
                    found = self._client.query(
                        TableName=self.table,
                        IndexName=BY_EMAIL,
                        KeyConditionExpression="Email = :email",
                        ExpressionAttributeValues={":email": text(written)},
                        Limit=MOST_AT_ONCE,
                    )
                except ClientError as error:
                    if error.response["Error"]["Code"] == "ValidationException" and BY_EMAIL in str(error):
                        raise Unavailable("Addresses are being indexed; ask again later", retry_after_s=30) from error
                    raise
            keys |= {item["Key"]["S"] for item in found["Items"]}
        return self._accounts(sorted(keys)[:MOST_AT_ONCE])

    def set_roles(self, account: Account, roles: tuple[Role, ...]) -> None:
        """Atomic. Raises LastRegistrar, and RolesChanged if the account has got other roles since it was read."""
        update: Any = {
            "TableName": self.table,
            "Key": {"Key": text(account_key(account.username))},
            "UpdateExpression": "SET #roles = :roles",
            "ConditionExpression": "#roles = :before",
            "ExpressionAttributeNames": {"#roles": "Roles"},
            "ExpressionAttributeValues": {":roles": {"SS": list(roles)}, ":before": {"SS": list(account.roles)}},
        }
        registrars = self._registrars.change(account.id, account.roles, roles)
        try:
            write_together(self._client, [Write({"Update": update}, RolesChanged(account.id)), *registrars])
        except LastRegistrar:
            if not self._registrars.noted():
                raise Unavailable("The tables are being made; ask again in a moment") from None
            raise

    def replace_hash(self, account: Account, new_hash: str) -> None:
        """Write a newer hash of the same password, unless the account got another one in the meantime."""
        with table_expected():
            try:
                self._client.update_item(
                    TableName=self.table,
                    Key={"Key": text(account_key(account.username))},
                    UpdateExpression="SET PasswordHash = :new",
                    ConditionExpression="PasswordHash = :old",
                    ExpressionAttributeValues={":new": text(new_hash), ":old": text(account.password_hash)},
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise

    def change_password(self, account: Account, new_hash: str) -> Account:
        """The account with a new password, and all its sessions over. Atomic.

        Raises PasswordChanged if it has got another one since it was read.
        """
        update: Any = {
            "TableName": self.table,
            "Key": {"Key": text(account_key(account.username))},
            "UpdateExpression": "SET PasswordHash = :new REMOVE ResetHash, ResetUntil ADD SessionEpoch :one",
            "ConditionExpression": "PasswordHash = :old",
            "ExpressionAttributeValues": {
                ":new": text(new_hash),
                ":old": text(account.password_hash),
                ":one": number(1),
            },
        }
        # Not a single write, also because tried again after its reply was lost it would find another password.
        write_together(self._client, [Write({"Update": update}, PasswordChanged()), self.all_ended(account)])
        # Passwords and epochs change together, so with the password that was read the epoch was, too.
        return replace(account, password_hash=new_hash, session_epoch=account.session_epoch + 1)

    def all_ended(self, account: Account) -> Write:
        """The part of a transaction that makes known that the account's sessions, up to this epoch, are over."""
        said: Any = self._ended.write_of(f"{account.id}.{account.session_epoch + 1}")
        return Write(said, AssertionError("it has no condition"))

    def _puts(self, account: Account) -> list[Write]:
        key = text(account_key(account.username))
        item: Item = {
            "Key": key,
            "UserID": number(account.id),
            "UserName": text(account.username),
            "Email": text(account.email),
            "Roles": {"SS": list(account.roles)},
            "PasswordHash": text(account.password_hash),
        }
        taken = NameTaken(account.username)
        return [
            self._put_new(item, taken),
            self._put_new({"Key": text(f"user:{account.id}"), "Account": key}, taken),
            *self._registrars.change(account.id, (), account.roles),
        ]

    def _put_new(self, item: Item, refusal: Exception) -> Write:
        put: Any = {
            "TableName": self.table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": "Key"},
        }
        return Write({"Put": put}, refusal)

    def _get(self, key: str) -> Account | None:
        item = self._read(key)
        return _account(item) if item else None

    def _accounts(self, keys: list[str]) -> list[Account]:
        return sorted((_account(item) for item in self._read_all(keys)), key=lambda account: account.id)

    def _read_all(self, keys: list[str]) -> list[Item]:
        with table_expected():
            return batch_get(self._client, {self.table: [{"Key": text(key)} for key in keys]})[self.table]

    def _read(self, key: str) -> Item | None:
        with table_expected():
            reply = self._client.get_item(TableName=self.table, Key={"Key": text(key)}, ConsistentRead=True)
        return cast("Item | None", reply.get("Item"))


def account_key(username: str) -> str:
    return f"account:{account_name(username)}"


def _account(item: Item) -> Account:
    return Account(
        id=int(item["UserID"]["N"]),
        username=item["UserName"]["S"],
        email=item["Email"]["S"],
        roles=in_order(set(item["Roles"]["SS"])),
        password_hash=item["PasswordHash"]["S"],
        session_epoch=int(item["SessionEpoch"]["N"]) if "SessionEpoch" in item else 0,
        email_verified="EmailVerified" in item,
    )
