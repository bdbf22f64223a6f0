"""Open offers in DynamoDB by the time at which they end, in an index that may lag."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from enrollment.adapters import items
from enrollment.adapters.tables import BY_OFFER
from kit.stores.dynamo import number, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def ending(client: "DynamoDBClient", table: str, by_s: int) -> Iterator[tuple[int, int, int]]:
    """Class, student and end of offers that end by then, as many as a page of each shard takes. Raises Unavailable."""
    for shard in range(items.OFFER_SHARDS):
        request: dict[str, Any] = {
            "TableName": table,
            "IndexName": BY_OFFER,
            "KeyConditionExpression": "OfferShard = :shard AND OfferedUntil <= :by",
            "ExpressionAttributeValues": {":shard": number(shard), ":by": number(by_s)},
        }
        with translated():
            page = client.query(**request)
        for item in page["Items"]:
            yield int(item["ClassID"]["N"]), int(item["StudentID"]["N"]), int(item["OfferedUntil"]["N"])
