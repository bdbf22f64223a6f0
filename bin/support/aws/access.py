"""Access to each table: one managed policy for each kind of process, and nothing beyond what it calls.

A transaction needs the right to each part of it (PutItem, UpdateItem, DeleteItem, ConditionCheckItem); there is none
for the transaction itself. No process may make, change or delete a table: it looks (DescribeTable) and says what is
missing.
`tests/integration/ops/test_least_privilege.py` runs every process with these rights and no others.
"""

from typing import Any

from aws.tables import logical_id

READ = ("BatchGetItem", "GetItem")
EVERY_WRITE = ("BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem")

Rights = dict[str, tuple[str, ...]]  # by table, or table/index: any of its indexes

_ENROLLMENT: Rights = {
    "classes": (*READ, "DeleteItem", "PutItem", "UpdateItem"),
    "classes/index": ("Query",),
    "enrollments": (*READ, "PutItem"),
    "enrollments/index": ("Query",),
    "keys": (*READ, "ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"),
    "history": ("GetItem", "PutItem", "Query"),
    "outbox": ("BatchWriteItem", "GetItem", "PutItem"),
    "subscriptions": READ,
    "idempotency-keys": (*READ, "PutItem", "UpdateItem"),
}
_TABLES = tuple(each for each in _ENROLLMENT if "/" not in each)

ROLES: dict[str, tuple[str, Rights]] = {
    "Users": (
        "The users service. Scan: who the registrars are is looked up once, when the table is new",
        {
            "Accounts": (*READ, "PutItem", "Scan", "UpdateItem"),
            "Accounts/index": ("Query",),
            "SignInTries": (*READ, "UpdateItem"),
            "Sessions": ("DeleteItem", "GetItem", "PutItem"),
            "EndedSessions": ("GetItem", "PutItem", "Query"),
            "AccountMails": ("BatchWriteItem", "GetItem", "PutItem", "Query"),
        },
    ),
    "Enrollment": ("The enrollment service and the reconciler", {**_ENROLLMENT, "EndedSessions": ("Query",)}),
    "OutboxRelay": (
        "The relay: it reads (Scan: one read shows that there is nothing) and deletes events, with leases in `keys`",
        {
            **dict.fromkeys(_TABLES, ("GetItem",)),
            "keys": ("GetItem", "UpdateItem"),
            "outbox": ("BatchWriteItem", "GetItem", "Query", "Scan"),
        },
    ),
    "Notification": (
        "The notification service and both consumers",
        {
            "subscriptions": ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
            "webhook-endpoints": (*READ, "UpdateItem"),
            "sent": ("DeleteItem", "GetItem", "PutItem", "UpdateItem"),
            "idempotency-keys": (*READ, "PutItem", "UpdateItem"),
            "EndedSessions": ("Query",),
        },
    ),
    "Operator": (
        "People who run the commands in bin/ (load, audit, rebuild): all items, no table",
        {
            **dict.fromkeys(("classes/index", "enrollments/index", "Accounts/index"), ("Query",)),
            **dict.fromkeys(
                ("Accounts", *_TABLES, "webhook-endpoints", "sent"), (*READ, "Query", "Scan", *EVERY_WRITE)
            ),
        },
    ),
}


def policy(description: str, rights: Rights, expiring: set[str]) -> dict[str, Any]:
    tables = [place for place in rights if "/" not in place]
    statements: list[Any] = [_statement(("DescribeTable",), [_arn(table) for table in tables])]
    if looked_at := [_arn(table) for table in tables if table in expiring]:
        statements.append(_statement(("DescribeTimeToLive",), looked_at))
    statements += [_statement(actions, [_arn(place)]) for place, actions in rights.items()]
    statements.append({"Fn::If": ["HasKey", _USE_KEY, {"Ref": "AWS::NoValue"}]})
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "Description": description,
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        },
    }


def _statement(actions: tuple[str, ...], resources: list[Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": sorted({f"dynamodb:{name}" for name in actions}), "Resource": resources}


def _arn(place: str) -> dict[str, Any]:
    table, _, index = place.partition("/")
    name = logical_id(table)
    return {"Fn::Sub": f"${{{name}.Arn}}/index/*"} if index else {"Fn::GetAtt": [name, "Arn"]}


# What DynamoDB does with the key on behalf of who reads and writes, and through DynamoDB alone.
_USE_KEY = {
    "Effect": "Allow",
    "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
    "Resource": {"Ref": "EncryptionKeyArn"},
    "Condition": {"StringEquals": {"kms:ViaService": {"Fn::Sub": "dynamodb.${AWS::Region}.${AWS::URLSuffix}"}}},
}
