"""Where calls of DynamoDB go, and what they are signed for."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from kit.errors import Unavailable
from kit.settings import DynamoSettings
from kit.stores import dynamo


class Cancelling:
    """A client whose transactions are cancelled for these reasons, one after the other, and then done."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = list(reasons)

    def transact_write_items(self, *, TransactItems: list[Any]) -> None:  # noqa: N803 - botocore's word
        assert len(TransactItems) == 1
        if self.reasons:
            error: Any = {"Error": {"Code": "TransactionCanceledException"}}
            raise ClientError(error | {"CancellationReasons": [{"Code": self.reasons.pop(0)}]}, "TransactWriteItems")


def written_once(*reasons: str) -> bool:
    client: Any = Cancelling(*reasons)
    return dynamo.write_once(client, {"Put": {}})


def test_a_write_on_its_own_is_done_refused_or_tried_again() -> None:
    assert written_once()
    assert not written_once("ConditionalCheckFailed")
    assert written_once("TransactionConflict", "ThrottlingError")
    assert not written_once("TransactionConflict", "ConditionalCheckFailed")


@pytest.mark.parametrize("reasons", [["TransactionConflict"] * 99, ["AccessDenied"]])
def test_a_write_that_is_not_done_in_a_few_tries_is_unavailable(reasons: list[str]) -> None:
    with pytest.raises(Unavailable):
        written_once(*reasons)


class Body:
    def stream(self) -> list[bytes]:
        return [b"{}"]


@pytest.mark.parametrize(
    ("endpoint", "host"), [(None, "dynamodb.eu-west-1.amazonaws.com"), ("http://127.0.0.1:5500", "127.0.0.1:5500")]
)
def test_every_call_goes_to_the_region_or_the_endpoint_and_is_signed_for_the_region(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, host: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")  # botocore would put it into the host's name
    settings = DynamoSettings(environment="development", dynamodb_endpoint=endpoint, aws_default_region="eu-west-1")
    client = dynamo.connect(settings)
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, Body())  # type: ignore[arg-type]

    client.meta.events.register("before-send.dynamodb", answer)  # type: ignore[arg-type]
    put: Any = {"TableName": "classes", "Item": {"ClassID": {"N": "2"}}}
    client.transact_write_items(TransactItems=[{"Put": put}])
    client.get_item(TableName="classes", Key={"ClassID": {"N": "2"}})
    assert {urlsplit(request.url).netloc for request in sent} == {host}
    assert all("/eu-west-1/dynamodb/aws4_request" in str(request.headers["Authorization"]) for request in sent)
