"""What is sent to DynamoDB is what botocore would send, and is signed as it would sign it."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, NoCredentialsError

from kit.settings import DynamoSettings
from kit.stores import dynamo, dynamo_wire

ITEM = {"Key": {"S": "ä\n"}, "Count": {"N": "2"}, "Body": {"B": b"\x00\xff"}, "Of": {"L": [{"BS": [b"1", b"2"]}]}}
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"TableName": "t", "Item": ITEM, "ConditionExpression": "attribute_not_exists(#key)"}),
    ("transact_write_items", {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}], "ClientRequestToken": "1"}),
    ("query", {"TableName": "t", "Limit": 3, "ConsistentRead": True, "ScanIndexForward": False}),
    ("describe_table", {"TableName": "t"}),
]


class Body:
    def __init__(self, content: bytes = b"{}") -> None:
        self._content = content

    def stream(self) -> list[bytes]:
        return [self._content]


def sent(operation: str, parameters: dict[str, Any], *, by_us: bool) -> Any:
    request, _ = exchanged(operation, parameters, by_us=by_us)
    return request


def exchanged(
    operation: str, parameters: dict[str, Any], reply: bytes = b"{}", status: int = 200, *, by_us: bool
) -> tuple[Any, Any]:
    """The request, and what is read of this reply."""
    client = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        aws_access_key_id="somebody",
        aws_secret_access_key="a secret",
        config=Config(parameter_validation=False),
    )
    if by_us:
        dynamo_wire.write_in(client)
    requests: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, status, {"x-amzn-RequestId": "1"}, Body(reply))  # type: ignore[arg-type]

    client.meta.events.register("before-send.dynamodb", answer)  # type: ignore[arg-type]
    try:
        read = getattr(client, operation)(**parameters)
    except ClientError as error:
        read = error.response
    return requests[0], read


@pytest.mark.parametrize(("operation", "parameters"), REQUESTS, ids=lambda value: value if type(value) is str else "")
def test_a_request_says_what_botocore_would_say(operation: str, parameters: dict[str, Any]) -> None:
    ours, theirs = (sent(operation, parameters, by_us=by_us) for by_us in (True, False))
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert {name.lower() for name in ours.headers} == {name.lower() for name in theirs.headers}
    for name in ("X-Amz-Target", "Content-Type"):
        assert ours.headers[name] == theirs.headers[name]


WIRED = {"Key": {"S": 'ä "B"'}, "B": {"B": "AP8="}, "Of": {"L": [{"B": "AP8="}, {"M": {"B": {"S": "B"}}}]}}
NO = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no", "Item": WIRED}
CANCELLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": WIRED}],
}
REPLIES: list[tuple[str, int, dict[str, Any]]] = [
    ("get_item", 200, {"Item": WIRED}),
    ("get_item", 200, {}),
    ("query", 200, {"Items": [WIRED, WIRED], "Count": 2, "LastEvaluatedKey": {"Key": {"N": "7"}}}),
    ("scan", 200, {"Items": [], "Count": 0}),
    ("batch_get_item", 200, {"Responses": {"t": [WIRED]}, "UnprocessedKeys": {"t": {"Keys": [{"Key": {"N": "7"}}]}}}),
    ("update_item", 200, {"Attributes": {"Value": {"N": "4"}}}),
    ("describe_table", 200, {"Table": {"TableName": "t", "CreationDateTime": 1.5}}),
    ("put_item", 400, NO),
    ("transact_write_items", 400, CANCELLED),
]


@pytest.mark.parametrize(("operation", "status", "reply"), REPLIES)
def test_a_reply_is_read_as_botocore_would_read_it(operation: str, status: int, reply: dict[str, Any]) -> None:
    wired, asked = json.dumps(reply).encode(), {"RequestItems": {}} if operation == "batch_get_item" else {}
    (_, ours), (_, theirs) = (exchanged(operation, asked, wired, status, by_us=by_us) for by_us in (True, False))
    assert ours == theirs


@pytest.mark.parametrize("token", [None, "a token"])
@pytest.mark.parametrize(
    "url", ["https://dynamodb.eu-west-1.amazonaws.com/", "http://127.0.0.1:5500/", "https://[::1]:443/"]
)
def test_the_signature_is_botocores(monkeypatch: pytest.MonkeyPatch, url: str, token: str | None) -> None:
    credentials = Credentials("somebody", "a secret", token)
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}
    ours, theirs = (AWSRequest("POST", url, headers, b'{"TableName":"t"}') for _ in range(2))
    dynamo_wire.Signer(credentials, "eu-west-1").sign(ours)
    moment = datetime.strptime(ours.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    SigV4Auth(credentials, "dynamodb", "eu-west-1").add_auth(theirs)
    assert dict(ours.headers) == dict(theirs.headers)


def test_without_credentials_nothing_is_signed() -> None:
    with pytest.raises(NoCredentialsError):
        dynamo_wire.Signer(None, "eu-west-1").sign(AWSRequest("POST", "http://127.0.0.1/", {}, b"{}"))


class Sent:
    """A socket."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.pieces.append(data)

    def settimeout(self, _: Any) -> None:
        return


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_is_sent_in_one_piece(scheme: str) -> None:
    client = dynamo.connect(DynamoSettings(environment="development", dynamodb_endpoint=f"{scheme}://127.0.0.1:5500"))
    inside: Any = client
    pool = inside._endpoint.http_session._manager.connection_from_url(client.meta.endpoint_url)
    connection = pool.ConnectionCls("127.0.0.1", 5500)
    connection.sock = sent = Sent()
    connection.request("POST", "/", body=b"{}", headers={"Content-Length": "2"})
    [piece] = sent.pieces
    assert piece.startswith(b"POST / HTTP/1.1\r\n")
    assert piece.endswith(b"\r\n\r\n{}")
