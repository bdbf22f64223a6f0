"""DynamoDB when a connection breaks at the wrong moment: the call is carried out, and its reply never comes."""

from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import ConnectionClosedError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


class LostReplies:
    """The next reply to a write of this client is lost once armed; `lost` counts them."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.lost = 0
        self._armed = False
        for write in _WRITES:
            client.meta.events.register(f"before-send.dynamodb.{write}", self._send)  # type: ignore[arg-type]

    def arm(self) -> None:
        self._armed = True

    def _send(self, request: Any, **_: Any) -> None:
        """None lets botocore send it."""
        if not self._armed:
            return
        self._armed = False
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        httpx.post(request.url, content=request.body, headers=headers, trust_env=False).raise_for_status()
        self.lost += 1
        raise ConnectionClosedError(endpoint_url=request.url)
