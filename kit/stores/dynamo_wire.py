"""Requests to DynamoDB and its replies as they go over the wire, in place of botocore's general ways with them.

botocore writes a request of any service by walking through it beside the description of its type, and signs whatever
headers it has. Those of DynamoDB are JSON already but for their bytes, and have the same headers; so that takes half as
long here, and a third for a large transaction. A send over TCP takes as long again, so there is one for each request.
Replies that hold items are read likewise. Connections, time-outs, retries and all other replies stay botocore's.
"""

import hmac
import json
import time
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import NoCredentialsError
from botocore.parsers import JSONParser

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    from botocore.model import OperationModel
    from types_boto3_dynamodb import DynamoDBClient

WITH_ITEMS = {"BatchGetItemOutput", "GetItemOutput", "QueryOutput", "ScanOutput", "UpdateItemOutput"}
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def write_in(client: "DynamoDBClient") -> None:
    """All requests of the client are written, signed and sent, and replies with items read, as here from now on."""
    inside: Any = client
    inside._serializer = Writer()
    inside._endpoint._response_parser_factory = Readers()
    signer = Signer(inside._get_credentials(), client.meta.region_name)
    client.meta.events.unregister("request-created.dynamodb", inside._request_signer.handler)
    client.meta.events.register_first("request-created.dynamodb", signer.sign)
    manager = inside._endpoint.http_session._manager
    pools = manager.pool_classes_by_scheme.items()
    manager.pool_classes_by_scheme = {scheme: _sending_once(pool) for scheme, pool in pools}


class Writer:
    """As botocore.serialize.JSONSerializer, for requests of text, numbers, truth values, bytes, lists and maps."""

    def __init__(self) -> None:
        self._json = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=_base64)

    def serialize_to_request(self, parameters: dict[str, Any], operation_model: "OperationModel") -> dict[str, Any]:
        target, version = operation_model.metadata["targetPrefix"], operation_model.metadata["jsonVersion"]
        return {
            "url_path": "/",
            "query_string": "",
            "method": "POST",
            "headers": {
                "X-Amz-Target": f"{target}.{operation_model.name}",
                "Content-Type": f"application/x-amz-json-{version}",
            },
            "body": self._json.encode(parameters).encode(),
        }


def _base64(value: bytes | bytearray) -> str:
    return b64encode(value).decode()


class Reader(JSONParser):
    """Of items: text, numbers, truth values, bytes, lists and maps. Whatever holds none, and errors, botocore reads."""

    def _do_parse(self, response: dict[str, Any], shape: Any) -> Any:
        if shape is None or shape.name not in WITH_ITEMS:
            return super()._do_parse(response, shape)  # type: ignore[misc]
        body: bytes = response["body"]
        parsed: dict[str, Any] = json.loads(body, object_hook=_with_bytes if b'"B"' in body else None)
        self._inject_response_metadata(parsed, response["headers"])  # type: ignore[attr-defined]
        return parsed


class Readers:
    """As botocore.parsers.ResponseParserFactory; the one parser has no state."""

    def __init__(self) -> None:
        self._reader = Reader()

    def create_parser(self, _protocol: str) -> Reader:
        return self._reader


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """A value of bytes, which are Base64 on the wire, has no other key beside "B"."""
    if len(value) == 1 and isinstance(encoded := value.get("B"), str):
        return {"B": b64decode(encoded)}
    return value


class Signer:
    """AWS Signature Version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html) of a
    POST to "/" without a query. Threads may share it. Credentials may change with time.
    """

    def __init__(self, credentials: "Credentials | None", region: str) -> None:
        self._credentials = credentials
        self._region = region

    def sign(self, request: "AWSRequest", **_: Any) -> None:
        """Raises NoCredentialsError."""
        if self._credentials is None:
            raise NoCredentialsError
        own = self._credentials.get_frozen_credentials()
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = request.headers
        headers["X-Amz-Date"] = moment
        signed = {"content-type": headers["Content-Type"], "host": _host(request.url), "x-amz-date": moment}
        if own.token:
            headers["X-Amz-Security-Token"] = signed["x-amz-security-token"] = own.token
        signed["x-amz-target"] = headers["X-Amz-Target"]
        names, lines = ";".join(signed), "".join(f"{name}:{value}\n" for name, value in signed.items())
        body: bytes = request.data  # type: ignore[assignment]
        asked = f"POST\n/\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self._region}/dynamodb/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(asked.encode()).hexdigest()}"
        signature = hmac.digest(_key(own.secret_key, scope), text.encode(), "sha256").hex()
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={own.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )


@lru_cache(maxsize=8)
def _host(url: str) -> str:
    """As the HTTP client writes it."""
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix(DEFAULT_PORTS[parts.scheme])


@lru_cache(maxsize=8)
def _key(secret: str, scope: str) -> bytes:
    """Of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class OneSend:
    """A connection that sends a request's head and body together. So botocore means to, but urllib3 gives it the body
    only when the head is sent."""

    _body: bytes | None = None

    def request(self, method: str, url: str, body: bytes | None = None, *args: Any, **options: Any) -> None:
        self._body = body
        try:
            super().request(method, url, body, *args, **options)  # type: ignore[misc]
        finally:
            self._body = None

    def endheaders(self, message_body: bytes | None = None, **options: Any) -> None:
        super().endheaders(self._body or message_body, **options)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if data is not self._body:
            super().send(data)  # type: ignore[misc]


def _sending_once(pool: Any) -> Any:
    """The same connection pool with connections that do."""
    connection = type("OneSendConnection", (OneSend, pool.ConnectionCls), {})
    return type("OneSendPool", (pool,), {"ConnectionCls": connection})
