"""bin/bench works: its quick version on the running system, looked at without regard to any figure."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

# It takes databases of its own in Redis, and a cluster has one. Some fifty short runs take a minute or two.
pytestmark = [pytest.mark.single, pytest.mark.timeout(1000)]
ROOT = Path(__file__).parents[2]
COMPARISONS = {
    "304-tag",
    "304-asgi",
    "304-date",
    "200",
    "enroll",
    "enroll-one",
    "drop",
    "backlog-webhook",
    "backlog-email",
    "list",
    "login",
    "enroll-500",
    "position-500",
    "waitlists-500",
}
TIMES = {"latency-webhook", "latency-email", "login-beside"}
OTHERS = {"long-line", "waiting-memory", "waiting-news", "rosters", "gateway", "gateway-idle", "load-500", "start"}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("bench") / "bench.json"
    bench("--quick", "--running", os.environ["VAR_DIR"], "--json", str(target))
    found: dict[str, Any] = json.loads(target.read_text())
    return found


def bench(*arguments: str, status: int = 0) -> str:
    done = subprocess.run([ROOT / "bin" / "bench", *arguments], stdout=subprocess.PIPE, text=True, timeout=900)
    assert done.returncode == status
    return done.stdout


def rows(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["row"]: row for row in record["rows"]}


def test_every_row_of_the_table_is_measured(record: dict[str, Any]) -> None:
    found = rows(record)
    assert set(found) >= COMPARISONS | TIMES | OTHERS
    for name in COMPARISONS:
        row = found[name]
        # Requests that a busy machine refuses are noted in the row, and no failure of the measuring.
        for side in ("ours", "floor"):
            assert row[side]["rate"] > 0, row
            assert len(row[side]["rates"]) == 1
            assert 0 <= row[side]["p50_ms"] <= row[side]["p99_ms"]
        assert row["ratio"] > 0
        assert row["ours"]["cpu_us_per_request"] is not None


def test_times_stand_beside_those_of_the_bare_steps(record: dict[str, Any]) -> None:
    for name in TIMES:
        row = rows(record)[name]
        assert len(row["ratios"]) == 1
        for side in ("ours", "floor"):
            assert 0 < row[side]["p50_ms"] <= row[side]["p99_ms"], row


def test_the_memory_of_every_process_is_in_the_record(record: dict[str, Any]) -> None:
    measured = {name for name in rows(record) if name.startswith("memory-")}
    for process in ("users.1", "enrollment.1", "notification.1", "email_consumer.1", "webhook_consumer.1"):
        assert f"memory-{process}" in measured


def may_look_at_processes() -> bool:
    """As py-spy has to."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    return os.geteuid() == 0 or not scope.exists() or scope.read_text().strip() == "0"


def test_two_records_can_be_compared(record: dict[str, Any], tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text(json.dumps(record))
    arguments = ("--quick", "--running", os.environ["VAR_DIR"], "--only", "gateway", "--compare", str(old))
    said = bench(*arguments, "--json", str(tmp_path / "new.json"))
    assert "compared with" in said


def test_another_revision_is_measured_beside_this_one_and_both_are_drawn(tmp_path: Path) -> None:
    target, pictures = tmp_path / "new.json", tmp_path / "flames"
    options = ("--json", str(target), "--flame-graphs", str(pictures))
    bench("--quick", "--running", os.environ["VAR_DIR"], "--only", "enroll", "--compare", "HEAD", *options)
    found = json.loads(target.read_text())
    [row] = found["rows"]
    assert found["beside"]
    assert row["floor_is"] == f"the same of {found['beside']}"
    assert len(row["ratios"]) == 1
    assert row["floor"]["rate"] > 0
    assert (pictures / "enroll.svg").exists() is may_look_at_processes(), row["notes"]
    worktrees = subprocess.run(["git", "worktree", "list"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "course-enrollment-bench-" not in worktrees


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    bench("--running", os.environ["VAR_DIR"], "--compare", str(wrong), status=64)
