"""The registrars: an item beside the accounts that changes in one transaction with their roles.

Table `Accounts`:
    Key role:registrar   UserIDs (number set, absent while there is none)

So the last registrar cannot lose the role, however many roles are changed at the same time.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from kit.errors import Unavailable
from kit.stores.dynamo import text
from users.adapters.transactions import Write, table_expected
from users.domain.account import Role
from users.domain.errors import LastRegistrar

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEY = {"Key": text("role:registrar")}
ROLE: Role = "registrar"


class Registrars:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def note(self) -> None:
        """Make the item, also in a table that 1.1 filled. Idempotent; to be done before roles are changed."""
        if self.noted():
            return
        item: dict[str, Any] = dict(_KEY)
        if ids := self._found():
            item["UserIDs"] = {"NS": ids}
        with table_expected():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(#key)",
                    ExpressionAttributeNames={"#key": "Key"},
                )
            except ClientError as error:  # another instance was faster
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise

    def noted(self) -> bool:
        with table_expected():
            return "Item" in self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)

    def change(self, user_id: int, before: tuple[Role, ...], after: tuple[Role, ...]) -> list[Write]:
        """Its part in the transaction that changes these roles. The refusals are Unavailable and LastRegistrar."""
        if (ROLE in before) == (ROLE in after):
            return []
        one = {":this": {"NS": [str(user_id)]}}
        if ROLE in after:
            return [self._update("ADD", "attribute_exists(#key)", one, {"#key": "Key"}, not_noted())]
        values = one | {":id": {"N": str(user_id)}, ":one": {"N": "1"}}
        others = "attribute_exists(UserIDs) AND (size(UserIDs) > :one OR NOT contains(UserIDs, :id))"
        return [self._update("DELETE", others, values, {}, LastRegistrar(user_id))]

    def _update(
        self, verb: str, condition: str, values: dict[str, Any], names: dict[str, str], refusal: Exception
    ) -> Write:
        update: Any = {
            "TableName": self._table,
            "Key": _KEY,
            "UpdateExpression": f"{verb} UserIDs :this",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if names:
            update["ExpressionAttributeNames"] = names
        return Write({"Update": update}, refusal)

    def _found(self) -> list[str]:
        """The ids of all registrars, by the one scan there is: 1.1 kept no list of them."""
        with table_expected():
            pages = self._client.get_paginator("scan").paginate(
                TableName=self._table,
                ConsistentRead=True,
                FilterExpression="contains(#roles, :role)",
                ExpressionAttributeNames={"#roles": "Roles"},
                ExpressionAttributeValues={":role": text(ROLE)},
            )
            return [item["UserID"]["N"] for page in pages for item in page["Items"]]


def not_noted() -> Unavailable:
    return Unavailable("The tables are being made; ask again in a moment")
