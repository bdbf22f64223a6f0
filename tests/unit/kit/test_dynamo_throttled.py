"""What a throttled DynamoDB is asked, and how fast, with answers of the test's own in the place of the network."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from kit.settings import DynamoSettings
from kit.stores import dynamo, dynamo_tables

FIRST_PAUSE_S = 0.015  # the least that the first pause may be; the second one's is twice that
TABLE = {
    "TableName": "classes",
    "AttributeDefinitions": [{"AttributeName": "ClassID", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "ClassID", "KeyType": "HASH"}],
}
KEY = {"ClassID": {"N": "2"}}


class Answer:
    def __init__(self, body: dict[str, Any]) -> None:
        self._body = json.dumps(body).encode()

    def stream(self) -> list[bytes]:
        return [self._body]


class Database:
    """Gives these answers (status and body), one after the other, then the last one for ever."""

    def __init__(self, *answers: tuple[int, dict[str, Any]]) -> None:
        self._answers = list(answers)
        self.calls: list[str] = []
        self.asked_at: list[float] = []
        settings = DynamoSettings(environment="development", dynamodb_endpoint="http://127.0.0.1:1")
        self.client = dynamo.connect(settings)
        self.client.meta.events.register("before-send.dynamodb", self._answer)  # type: ignore[arg-type]

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        self.calls.append(request.headers["X-Amz-Target"].decode().partition(".")[2])
        self.asked_at.append(time.monotonic())
        status, body = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return AWSResponse(request.url, status, {}, Answer(body))  # type: ignore[arg-type]

    def pauses(self) -> Iterator[float]:
        return (after - before for before, after in zip(self.asked_at, self.asked_at[1:], strict=False))


def refused(code: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "Rate exceeded"}


def test_keys_that_are_left_are_asked_for_again_after_growing_pauses() -> None:
    left = {"Responses": {}, "UnprocessedKeys": {"classes": {"Keys": [KEY]}}}
    found = {"Responses": {"classes": [KEY]}, "UnprocessedKeys": {}}
    database = Database((200, left), (200, left), (200, found))

    assert dynamo.batch_get(database.client, {"classes": [KEY]}) == {"classes": [KEY]}
    first, second = database.pauses()
    assert first >= FIRST_PAUSE_S
    assert second >= 2 * FIRST_PAUSE_S


def test_items_that_are_left_are_written_again_after_growing_pauses() -> None:
    put = {"PutRequest": {"Item": KEY}}
    left = {"UnprocessedItems": {"classes": [put]}}
    database = Database((200, left), (200, left), (200, {"UnprocessedItems": {}}))

    dynamo.batch_write(database.client, {"classes": [put]})
    first, second = database.pauses()
    assert first >= FIRST_PAUSE_S
    assert second >= 2 * FIRST_PAUSE_S


@pytest.mark.parametrize("throttle", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_a_throttled_call_is_made_again_after_growing_pauses(throttle: str) -> None:
    database = Database(refused(throttle), refused(throttle), (200, {"Item": KEY}))

    assert database.client.get_item(TableName="classes", Key=KEY)["Item"] == KEY
    first, second = database.pauses()
    assert first >= FIRST_PAUSE_S
    assert second >= 2 * FIRST_PAUSE_S


def test_readiness_reads_an_item_and_never_asks_the_control_plane() -> None:
    database = Database((200, {}))
    probe = dynamo_tables.TableProbe(database.client, [TABLE])  # type: ignore[list-item]
    probe()
    probe()

    assert database.calls == ["GetItem"]


def test_an_instance_stays_ready_while_the_database_throttles() -> None:
    database = Database(refused("ThrottlingException"))
    dynamo_tables.TableProbe(database.client, [TABLE])()  # type: ignore[list-item]

    assert set(database.calls) == {"GetItem"}


def test_two_threads_that_look_whether_tables_are_there_at_once_find_the_same() -> None:
    database = Database((200, {}))
    probe = dynamo_tables.TableProbe(database.client, [TABLE])  # type: ignore[list-item]
    once = iter([probe])
    database.client.meta.events.register("before-send.dynamodb", lambda **_: [other() for other in once] and None)
    probe()
    assert database.calls == ["GetItem", "GetItem"]
