"""etc/aws/template.json says of each table what the code does, protects it, and gives nobody more than items."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws import access, tables
from aws.template import FILE, text

TEMPLATE: dict[str, Any] = json.loads(FILE.read_text())
# What ensure_table is given, beside what the template alone says.
OF_THE_CODE = (
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "TimeToLiveSpecification",
)
DEFINITIONS = {each["TableName"]: each for each in tables.definitions()}


def of_type(kind: str) -> dict[str, Any]:
    return {name: each for name, each in TEMPLATE["Resources"].items() if each["Type"] == kind}


TABLES = of_type("AWS::DynamoDB::Table")


def statements() -> Iterator[Any]:
    for policy in of_type("AWS::IAM::ManagedPolicy").values():
        yield from policy["Properties"]["PolicyDocument"]["Statement"]


def test_the_file_is_what_bin_aws_template_writes() -> None:
    assert FILE.read_text() == text(), "run bin/aws-template"


def test_every_table_of_the_services_is_there() -> None:
    made = {each["Properties"]["TableName"]["Fn::Sub"] for each in TABLES.values()}
    assert made == {f"${{TablePrefix}}{name}" for name in DEFINITIONS}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_table_is_word_for_word_as_the_code_makes_it(name: str) -> None:
    properties = TABLES[tables.logical_id(name)]["Properties"]
    for index in properties.get("GlobalSecondaryIndexes", []):
        index.pop("WarmThroughput", None)
    for part in OF_THE_CODE:
        assert properties.get(part) == DEFINITIONS[name].get(part), part
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("name", TABLES)
def test_no_table_is_lost_by_a_mistake(name: str) -> None:
    table = TABLES[name]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    recovery = table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert recovery is (name != "SignInTries")


def test_items_expire_where_the_code_gives_them_a_time() -> None:
    expiring = {name for name, each in TABLES.items() if "TimeToLiveSpecification" in each["Properties"]}
    assert expiring >= {"IdempotencyKeys", "Sent", "SignInTries"}
    watched = {name.removesuffix("Unforgotten") for name in TEMPLATE["Resources"] if name.endswith("Unforgotten")}
    assert watched == expiring


def test_every_table_is_watched() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    for name in TABLES:
        assert {f"{name}{kind}" for kind in ("Throttled", "SystemErrors", "ReadsNearQuota", "WritesNearQuota")} <= set(
            alarms
        )


def test_nobody_may_make_change_or_delete_a_table_or_reach_another() -> None:
    actions = {action for each in statements() if "Effect" in each for action in each["Action"]}
    assert not {each for each in actions if each.endswith(("Table", "TimeToLive", "*")) and "Describe" not in each}
    for statement in statements():
        for resource in statement.get("Resource", []):
            assert set(resource) <= {"Fn::GetAtt", "Fn::Sub"}, "a table of this template"


def test_no_service_reads_whole_tables_but_users_its_registrars_and_the_relay_what_is_left_to_publish() -> None:
    scanning = {
        (role, table) for role, (_, rights) in access.ROLES.items() for table in rights if "Scan" in rights[table]
    }
    assert {each for each in scanning if each[0] != "Operator"} == {
        ("OutboxRelay", "outbox"),
        ("Users", "Accounts"),
    }
