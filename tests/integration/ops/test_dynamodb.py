"""DynamoDB Local as it is started here keeps what it has answered, however it ends, and sees a table as it is now."""

import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.servers import Server, own_server
from tests.support.waiting import until

TABLES = ("one", "two")
KILLS = 6
WRITERS = 8


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with own_server("dynamodb", tmp_path) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    options = Config(
        retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10, max_pool_connections=WRITERS
    )
    client = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="us-west-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=options,
    )
    for table in TABLES:
        client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "Key", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "Key", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    yield client
    client.close()


def write_until_it_dies(client: Any, name: str, answered: list[str]) -> None:
    for number in range(1_000_000):
        key = f"{name}-{number}"
        writes = [{"Put": {"TableName": table, "Item": {"Key": {"S": key}}}} for table in TABLES]
        try:
            client.transact_write_items(TransactItems=writes)
        except BotoCoreError:
            return
        answered.append(key)


def has(client: Any, key: str) -> list[bool]:
    return ["Item" in client.get_item(TableName=t, Key={"Key": {"S": key}}, ConsistentRead=True) for t in TABLES]


def test_a_transaction_that_was_answered_survives_kill_9(server: Server, client: Any) -> None:
    """The stock server answers before its COMMIT: of ten kills five lost the last transaction."""
    for kill in range(KILLS):
        answered: list[list[str]] = [[] for _ in range(WRITERS)]
        writers = [
            threading.Thread(target=write_until_it_dies, args=(client, f"{kill}-{writer}", answered[writer]))
            for writer in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        until(lambda answered=answered: all(answered), "not everybody wrote something")
        time.sleep(0.1 * kill)  # not a wait for something: the load before the kill
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
        last = [keys[-1] for keys in answered]
        assert {key: has(client, key) for key in last} == {key: [True, True] for key in last}


def test_transactions_of_other_tables_do_not_tear_one_apart(client: Any) -> None:
    """All share one connection to SQLite. One that looked whether it was committed undid the half of the next one."""

    def write(number: int) -> None:
        table, keys = TABLES[number % 2], [f"{number}-{item}" for item in range(3)]
        items = [{"Put": {"TableName": table, "Item": {"Key": {"S": key}}}} for key in keys]
        client.transact_write_items(TransactItems=items)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(160)))
    found = [len(client.scan(TableName=table, ConsistentRead=True)["Items"]) for table in TABLES]
    assert found == [240, 240]


def let_files_grow(server: Server, up_to: int) -> None:
    assert server.popen is not None
    resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (up_to, resource.RLIM_INFINITY))


def test_a_transaction_that_finds_no_room_on_the_disk_is_not_answered_as_done(
    server: Server, client: Any, tmp_path: Path
) -> None:
    """The stock server does not look what became of its COMMIT, which writes most of it."""
    [file] = (tmp_path / "dynamodb").glob("*.db")
    let_files_grow(server, file.stat().st_size + 8192)
    answered = {f"k{number}": is_answered(client, f"k{number}") for number in range(30)}
    assert not all(answered.values())
    assert {key: has(client, key) for key in answered} == {key: [is_done] * 2 for key, is_done in answered.items()}
    let_files_grow(server, resource.RLIM_INFINITY)
    assert is_answered(client, "later")
    server.kill()
    server.start()
    assert has(client, "later") == [True, True]


def is_answered(client: Any, key: str) -> bool:
    """Whether a transaction is answered as done, and not by an error."""
    item = {"Key": {"S": key}, "Value": {"S": "x" * 3000}}
    try:
        client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item}} for table in TABLES])
    except ClientError:
        return False
    return True


def is_made(client: Any, table: str) -> bool:
    """Whether its index is; while it is being made, the server fails now and then to describe the table."""
    try:
        [index] = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]
    except ClientError:
        return False
    return bool(index["IndexStatus"] == "ACTIVE")


def make(client: Any, table: str, **attributes: str) -> None:
    """With these keys: hash, then range, each of a type."""
    kinds = ("HASH", "RANGE")
    client.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in zip(attributes, kinds, strict=False)],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": type_} for n, type_ in attributes.items()],
        BillingMode="PAY_PER_REQUEST",
    )


def test_a_table_that_has_changed_is_known_as_it_is_now(client: Any) -> None:
    """The launcher remembers tables, since reading their definition takes longer than writing an item."""
    make(client, "changing", Key="S")
    make(client, "as-it-was", Key="S")
    client.put_item(TableName="as-it-was", Item={"Key": {"S": "a"}})
    client.put_item(TableName="changing", Item={"Key": {"S": "a"}, "Shelf": {"N": "7"}})
    index = {"IndexName": "by-shelf", "KeySchema": [{"AttributeName": "Shelf", "KeyType": "HASH"}]}
    client.update_table(
        TableName="changing",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("Key", "S"), ("Shelf", "N"))],
        GlobalSecondaryIndexUpdates=[{"Create": {**index, "Projection": {"ProjectionType": "ALL"}}}],
    )

    def found() -> list[str]:
        reply = client.query(
            TableName="changing",
            IndexName="by-shelf",
            KeyConditionExpression="Shelf = :seven",
            ExpressionAttributeValues={":seven": {"N": "7"}},
        )
        return sorted(item["Key"]["S"] for item in reply["Items"])

    until(lambda: is_made(client, "changing"), "the index is not made")
    put = {"Put": {"TableName": "changing", "Item": {"Key": {"S": "b"}, "Shelf": {"N": "7"}}}}
    client.transact_write_items(TransactItems=[put])
    assert found() == ["a", "b"]
    no_number = {"Key": {"S": "b"}, "Shelf": {"S": "seven"}}  # which the index would refuse
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "as-it-was", "Item": no_number}}])
    assert client.get_item(TableName="as-it-was", Key={"Key": {"S": "b"}})["Item"] == no_number
    wrong = {"Put": {"TableName": "changing", "Item": {"Key": {"S": "c"}, "Shelf": {"S": "seven"}}}}
    with pytest.raises(ClientError):
        client.transact_write_items(TransactItems=[wrong])
    client.delete_table(TableName="changing")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.transact_write_items(TransactItems=[put])
    make(client, "changing", Shelf="N", Key="S")
    client.transact_write_items(TransactItems=[put])
    assert client.get_item(TableName="changing", Key={"Shelf": {"N": "7"}, "Key": {"S": "b"}})["Item"]["Shelf"] == {
        "N": "7"
    }


def test_describing_a_table_reads_none_of_its_items(client: Any) -> None:
    """With 100,000 of them each process that looks at its tables held up all others for seconds, and starts failed."""
    client.put_item(TableName="one", Item={"Key": {"S": "a"}})
    table = client.describe_table(TableName="one")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert (table["ItemCount"], table["TableSizeBytes"]) == (0, 0)  # nobody asks for them
