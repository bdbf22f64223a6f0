"""Where calls of DynamoDB go, and what they are signed for."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse

from kit.settings import DynamoSettings
from kit.stores import dynamo


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
