"""The sessions in DynamoDB. They may outlive every process, and any instance answers for any of them.

Table `Sessions`, string key `SessionID`:
    UserID, Epoch, Salt, TokenHash, PreviousHash, UsedAt, EndsAt, and ExpiresAt (seconds since 1970), after which
    DynamoDB deletes the item; it may take its time, so whoever reads an item looks at ExpiresAt
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from kit.stores import dynamo
from kit.stores.dynamo import Item, number, text
from kit.stores.dynamo_tables import expires_by
from kit.stores.ended_sessions import EndedSessionLog
from users.adapters.transactions import Write, table_expected, write_together
from users.domain.sessions import Session

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class SessionStore:
    def __init__(self, client: "DynamoDBClient", table_prefix: str, ended: EndedSessionLog | None = None) -> None:
        self._client = client
        self._ended = ended or EndedSessionLog(client, table_prefix)
        self._table = f"{table_prefix}Sessions"

    @property
    def definition(self) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "AttributeDefinitions": [{"AttributeName": "SessionID", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "SessionID", "KeyType": "HASH"}],
            **expires_by("ExpiresAt"),
        }

    def add(self, session: Session) -> None:
        with table_expected():
            self._client.put_item(TableName=self._table, Item=_item(session))

    def get(self, session_id: str) -> Session | None:
        if not session_id:
            return None
        key = {"SessionID": text(session_id)}
        with table_expected():
            reply = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return _session(reply["Item"]) if "Item" in reply else None

    def replace(self, before: Session, after: Session) -> bool:
        """Write it, unless it was changed or ended since it was read: then False. Atomic."""
        with table_expected():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(after),
                    ConditionExpression="TokenHash = :before",
                    ExpressionAttributeValues={":before": text(before.token_hash)},
                )
            except ClientError as error:
                if dynamo.condition_failed(error):
                    return False
                raise
        return True

    def end(self, session: Session) -> None:
        """Delete it and log that it ended, both or none. Idempotent."""
        deletion: Any = {"TableName": self._table, "Key": {"SessionID": text(session.id)}}
        said: Any = self._ended.write_of(session.name)
        nothing = AssertionError("it has no condition")
        write_together(self._client, [Write({"Delete": deletion}, nothing), Write(said, nothing)])


def _item(session: Session) -> Item:
    return {
        "SessionID": text(session.id),
        "UserID": number(session.user_id),
        "Epoch": number(session.epoch),
        "Salt": text(session.salt),
        "TokenHash": text(session.token_hash),
        "PreviousHash": text(session.previous_hash),
        "UsedAt": number(session.used_at_s),
        "EndsAt": number(session.ends_at_s),
        "ExpiresAt": number(session.expires_at_s),
    }


def _session(item: Item) -> Session:
    return Session(
        id=item["SessionID"]["S"],
        user_id=int(item["UserID"]["N"]),
        epoch=int(item["Epoch"]["N"]),
        salt=item["Salt"]["S"],
        token_hash=item["TokenHash"]["S"],
        previous_hash=item["PreviousHash"]["S"],
        used_at_s=int(item["UsedAt"]["N"]),
        ends_at_s=int(item["EndsAt"]["N"]),
        expires_at_s=int(item["ExpiresAt"]["N"]),
    )
