"""The table: what must be zero, and that one finding is enough to fail."""

import json
from pathlib import Path

import pytest
from verify import columns, report
from verify.history import Fault, LostReply, Said, Violation
from verify.verdict import judge

from tests.unit.verify.histories import FULL_CLASS, arrived, drop, history, killed, stopped


def test_a_clean_history_has_zeros_only() -> None:
    verdict = judge(history(*FULL_CLASS, killed(9, "redis")))
    assert verdict.clean
    assert list(verdict.columns) == list(columns.ALL)
    assert set(verdict.columns.values()) == {0}


@pytest.mark.parametrize("column", columns.ALL)
def test_one_finding_in_any_column_is_shown_and_fails(column: str) -> None:
    made = history(*FULL_CLASS)
    verdict = judge(made, [Violation(column, "this was found")])
    assert not verdict.clean
    lines = report.table(made, verdict, 60)
    assert any(line.split("   ")[0].strip().startswith(column) and " 1" in line for line in lines)
    assert f"  {column}: this was found" in lines


def test_a_failure_a_lost_reply_and_a_process_that_stays_down_are_found() -> None:
    made = history(*FULL_CLASS, Fault("redis", 9.0))
    made.other_failures.append("enrollment: GET /list: 500")
    made.lost_replies += [
        LostReply(("gateway", "enrollment"), 5, 6, "GET /list"),
        LostReply(("redis",), 9.5, 10, "explained"),
    ]
    found = judge(made).columns
    assert (found[columns.FAILURE], found[columns.NO_REPLY], found[columns.NOT_RECOVERED]) == (1, 1, 1)


def test_a_reply_lost_to_the_death_of_another_process_is_not_explained() -> None:
    made = history(killed(5, "users"))
    made.lost_replies.append(LostReply(("gateway", "enrollment"), 5.5, 6, "GET /list"))
    assert judge(made).columns[columns.NO_REPLY] == 1


def test_the_table_names_requests_by_status_and_kills_by_process() -> None:
    made = history(*FULL_CLASS, killed(9, "redis"), killed(12, "redis"))
    made.statuses.update({"200": 4, "503": 1})
    lines = [" ".join(line.split()) for line in report.table(made, judge(made), 60)]
    assert {"requests 5 in 60 s", "200 4", "503 1", "faults: kill 2", "redis 2"} <= set(lines)


def test_notices_nobody_waited_for_are_shown_as_unknown() -> None:
    made = history(*FULL_CLASS)
    lines = [" ".join(line.split()) for line in report.table(made, judge(made, missing_is_final=False), 60)]
    assert any(line.startswith("missing notices ?") for line in lines)


def test_the_same_is_written_as_json(tmp_path: Path) -> None:
    made = history(*FULL_CLASS, killed(9, "redis"))
    made.statuses.update({"200": 4})
    report.write_json(tmp_path / "out.json", made, judge(made, [Violation(columns.LOST, "x")]), {"seed": 1})
    written = json.loads((tmp_path / "out.json").read_text())
    assert (written["seed"], written["requests"], written["kills"]) == (1, {"200": 4}, {"redis": 1})
    assert written["must_be_zero"][columns.LOST] == 1
    assert written["violations"] == [{"column": columns.LOST, "text": "x"}]


def test_whoever_is_named_in_a_finding_has_his_trail_in_the_json(tmp_path: Path) -> None:
    made = history(*FULL_CLASS, drop(6, 3, Said.IS_DROPPED), arrived(7, 3))
    report.write_json(tmp_path / "out.json", made, judge(made), {})
    [trail] = json.loads((tmp_path / "out.json").read_text())["trails"].values()
    assert trail == [
        "student 3, class 7: enroll at 3.00 s → added to the waitlist at 3.10 s",
        "in line in DynamoDB at 5.05 s",
        "student 3, class 7: drop at 6.00 s → refused: already dropped at 6.10 s",
        "webhook notice e1 at 7.00 s",
    ]


def test_a_reply_after_ten_seconds_is_wrong_also_while_a_store_is_frozen() -> None:
    made = history(*FULL_CLASS, stopped(5, "dynamodb", 20))
    made.note_reply(("gateway", "enrollment"), 6, 16.5, "GET /list: 503")
    made.note_reply(("gateway", "enrollment"), 6, 10.5, "GET /list: 503")
    verdict = judge(made)
    assert verdict.columns[columns.SLOW] == 1
    worst = "the worst after 10.5 s (GET /list: 503)"
    assert verdict.grounds[columns.SLOW] == f"2 after more than 3 s, 0 of frozen services; {worst}"


def test_a_frozen_service_answers_nobody_and_a_killed_one_is_back_sooner() -> None:
    frozen, dead = history(stopped(5, "users", 20)), history(killed(5, "users", 20))
    for made in (frozen, dead):
        made.note_reply(("gateway", "users"), 6, 17, "GET /getuser/5: 200")
    assert judge(frozen).columns[columns.SLOW] == 0
    assert judge(dead).columns[columns.SLOW] == 1
