"""Alarms of CloudWatch for each table: throttled, failing, near the account's quota, and not forgetting what expired.

Missing numbers are no alarm: CloudWatch has none for what did not happen.
"""

from typing import Any

from aws.tables import logical_id

MINUTE, DAY = 60, 24 * 3600
QUOTA_PERCENT = 80
THROTTLED_A_MINUTE = 10
USER_ERRORS_A_MINUTE = 10
# For so many days in a row things were written and nothing was deleted: longer than the longest time to live.
UNFORGOTTEN_DAYS = 7

Alarm = dict[str, Any]
Metric = dict[str, Any]


def of_table(definition: dict[str, Any]) -> dict[str, Alarm]:
    name = definition["TableName"]
    found = {
        "Throttled": throttled(name),
        "SystemErrors": system_errors(name),
        "ReadsNearQuota": near_quota(name, "Read"),
        "WritesNearQuota": near_quota(name, "Write"),
    }
    if "TimeToLiveSpecification" in definition:
        found["Unforgotten"] = unforgotten(name)
    return {f"{logical_id(name)}{kind}": alarm for kind, alarm in found.items()}


def throttled(table: str) -> Alarm:
    """Requests of which the table or one of its indexes refused a part."""
    return _alarm(
        f"DynamoDB refuses requests to {table} or one of its indexes: a hot class, or more than it is warm for",
        _of_all_calls("ThrottledRequests", table),
        THROTTLED_A_MINUTE,
        periods=3,
        breaching=2,
    )


def system_errors(table: str) -> Alarm:
    found = _of_all_calls("SystemErrors", table)
    return _alarm(f"DynamoDB fails at {table}: see its status page", found, 0, periods=5, breaching=3)


def near_quota(table: str, kind: str) -> Alarm:
    """The quota is CloudWatch's own number, so a raised one counts at once."""
    consumed = _metric(f"Consumed{kind}CapacityUnits", table)
    quota = _metric(f"AccountMaxTableLevel{kind}s", None, statistic="Maximum")
    expression = f"100 * (m0 / {MINUTE}) / FILL(m1, REPEAT)"
    return _alarm(
        f"{kind}s of {table} are above {QUOTA_PERCENT} % of the quota of one table: ask for more",
        _math(expression, [consumed, quota]),
        QUOTA_PERCENT,
        periods=3,
        breaching=2,
    )


def unforgotten(table: str) -> Alarm:
    written = _metric("ConsumedWriteCapacityUnits", table, period=DAY)
    deleted = _metric("TimeToLiveDeletedItemCount", table, period=DAY)
    return _alarm(
        f"Nothing of {table} was deleted for {UNFORGOTTEN_DAYS} days, though things expire: is its TTL on?",
        _math("IF(FILL(m0, 0) > 0 AND FILL(m1, 0) == 0, 1, 0)", [written, deleted], period=DAY),
        0,
        periods=UNFORGOTTEN_DAYS,
        breaching=UNFORGOTTEN_DAYS,
    )


def user_errors() -> Alarm:
    """Of the whole account in this region; there is none for one table."""
    return _alarm(
        "DynamoDB refuses requests as wrong: rights, credentials, or a table that does not fit the code",
        [{**_metric("UserErrors", None), "Id": "m0", "ReturnData": True}],
        USER_ERRORS_A_MINUTE,
        periods=5,
        breaching=3,
    )


def _metric(name: str, table: str | None, *, statistic: str = "Sum", period: int = MINUTE, **dimensions: str) -> Metric:
    of = [{"Name": "TableName", "Value": {"Ref": logical_id(table)}}] if table else []
    of += [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": "AWS/DynamoDB", "MetricName": name, **({"Dimensions": of} if of else {})}
    return {"MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}, "ReturnData": False}


def _of_all_calls(metric: str, table: str) -> list[Metric]:
    """DynamoDB counts these for each kind of call."""
    every = 'SCHEMA("AWS/DynamoDB", TableName, Operation)'
    query = f"SELECT SUM({metric}) FROM {every} WHERE TableName = '${{{logical_id(table)}}}'"  # noqa: S608 - for CloudWatch
    return [{"Id": "result", "Expression": {"Fn::Sub": query}, "Period": MINUTE, "ReturnData": True}]


def _math(expression: str, metrics: list[Metric], period: int = MINUTE) -> list[Metric]:
    result = {"Id": "result", "Expression": expression, "Period": period, "ReturnData": True}
    return [result, *({"Id": f"m{number}", **metric} for number, metric in enumerate(metrics))]


def _alarm(description: str, metrics: list[Metric], threshold: float, *, periods: int, breaching: int) -> Alarm:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": description,
            "Metrics": metrics,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": threshold,
            "EvaluationPeriods": periods,
            "DatapointsToAlarm": breaching,
            "TreatMissingData": "notBreaching",
            "AlarmActions": {"Fn::If": ["HasTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]},
        },
    }
