"""The whole template: parameters, tables, alarms, policies."""

import json
from pathlib import Path
from typing import Any

from aws import access, alarms, tables

FILE = Path(__file__).parents[3] / "etc/aws/template.json"

PARAMETERS = {
    "TablePrefix": {
        "Type": "String",
        "Default": "",
        "AllowedPattern": "[A-Za-z0-9_.-]*",
        "Description": "Before the name of every table: the services' TABLE_PREFIX",
    },
    "AlarmTopicArn": {
        "Type": "String",
        "Default": "",
        "Description": "ARN of the SNS topic that is told of alarms; none: alarms are only shown",
    },
    "EncryptionKeyArn": {
        "Type": "String",
        "Default": "",
        "Description": "ARN of a KMS key of yours; none: DynamoDB's own key, which costs nothing and has no quota",
    },
    "RegistrationDay": {
        "Type": "String",
        "Default": "no",
        "AllowedValues": ["no", "yes"],
        "Description": "yes: pay once for throughput that is there at the first second (etc/capacity.md)",
    },
}
CONDITIONS = {
    "HasTopic": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}]},
    "HasKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "EncryptionKeyArn"}, ""]}]},
    "IsRegistrationDay": {"Fn::Equals": [{"Ref": "RegistrationDay"}, "yes"]},
}


def template() -> dict[str, Any]:
    definitions = tables.definitions()
    resources = {tables.logical_id(each["TableName"]): tables.resource(each) for each in definitions}
    for definition in definitions:
        resources |= alarms.of_table(definition)
    resources["UserErrors"] = alarms.user_errors()
    expiring = {each["TableName"] for each in definitions if "TimeToLiveSpecification" in each}
    resources |= {f"{role}Policy": access.policy(*rights, expiring) for role, rights in access.ROLES.items()}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Course enrollment: DynamoDB tables, alarms, policies. Made by bin/aws-template; do not edit",
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Resources": resources,
        "Outputs": {
            f"{role}PolicyArn": {"Value": {"Ref": f"{role}Policy"}, "Description": description}
            for role, (description, _) in access.ROLES.items()
        },
    }


def text() -> str:
    return json.dumps(template(), indent=1, ensure_ascii=False) + "\n"
