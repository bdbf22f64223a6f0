"""The tables as CloudFormation resources, made from the services' own definitions, so that the two cannot differ.

What the code says of a table (keys, indexes, what expires) is taken over word for word; what only AWS has is added:
deletion protection, recovery to any second of the last 35 days, encryption, and throughput that is there at once.
"""

from pathlib import Path
from typing import Any

from aws.units import needed
from enrollment.adapters.tables import Tables as EnrollmentTables
from notification.adapters.tables import Tables as NotificationTables
from users.bootstrap import bootstrap
from users.settings import UsersSettings

Resource = dict[str, Any]

# What a new table takes from the first second on, and each of its indexes.
NEW = (12_000, 4_000)
# What nobody misses after a table was restored to an earlier time: counts of one minute's tries.
PASSING = {"SignInTries"}


def definitions() -> list[dict[str, Any]]:
    """What kit.stores.dynamo_tables.ensure_table takes, for each table of all services, in the order of their names."""
    found = [*_of_users(), *EnrollmentTables().definitions, *NotificationTables().definitions]
    by_name = {each["TableName"]: each for each in found}  # a table that two services share is in the lists of both
    return [by_name[name] for name in sorted(by_name, key=str.lower)]


def _of_users() -> list[dict[str, Any]]:
    """Its stores are put together for it; nothing is asked and no file is read."""
    nowhere = {"table_prefix": "", "dynamodb_endpoint": "http://127.0.0.1:1", "keys_dir": Path("nowhere")}
    settings: Any = {"environment": "development", "jwt_issuer": "-", "jwt_audience": "-", **nowhere}
    return bootstrap(UsersSettings(**settings)).tables


def logical_id(table: str) -> str:
    """`webhook-endpoints` → `WebhookEndpoints`."""
    return "".join(part[:1].upper() + part[1:] for part in table.split("-"))


def resource(definition: dict[str, Any]) -> Resource:
    name = definition["TableName"]
    indexes = [
        {**each, **_warm(f"{name}/{each['IndexName']}")} for each in definition.get("GlobalSecondaryIndexes", [])
    ]
    properties = {
        **definition,
        "TableName": {"Fn::Sub": f"${{TablePrefix}}{name}"},
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        "BillingMode": "PAY_PER_REQUEST",
        **_warm(name),
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": name not in PASSING},
        "SSESpecification": {"Fn::If": ["HasKey", _KEY, {"Ref": "AWS::NoValue"}]},
        "ContributorInsightsSpecification": {"Enabled": True, "Mode": "THROTTLED_KEYS"},
        "Tags": [{"Key": "application", "Value": "course-enrollment"}, {"Key": "table", "Value": name}],
    }
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }


def _warm(place: str) -> dict[str, Any]:
    """More than a new table or index takes, where a registration day needs it."""
    wanted = needed(place)
    if all(units <= new for units, new in zip(wanted, NEW, strict=True)):
        return {}
    reads, writes = (max(pair) for pair in zip(wanted, NEW, strict=True))
    ready = {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes}
    return {"WarmThroughput": {"Fn::If": ["IsRegistrationDay", ready, {"Ref": "AWS::NoValue"}]}}


_KEY = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "EncryptionKeyArn"}}
