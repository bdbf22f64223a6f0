"""Every wait has a deadline, every loop and queue a bound, every background thread a guard (design, section 4, 11)."""

from pathlib import Path

import pytest

from tests.support.bounded_waits import findings

ROOT = Path(__file__).parents[2]
OURS = ("enrollment", "notification", "users", "kit", "krakend", "etc/contracts", "bin/support/supervisor")


def test_our_code_waits_for_nothing_without_a_bound() -> None:
    """What is meant to wait, or is bounded by something else, says so: `# bounded: by …` on the line or above it."""
    found = [
        f"{file.relative_to(ROOT)}:{finding.line}: {finding.what}"
        for folder in OURS
        for file in sorted((ROOT / folder).rglob("*.py"))
        for finding in findings(file.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "future.result()",
        "thread.join()",
        "event.wait()",
        "lock.acquire()",
        "process.communicate()",
        "subprocess.run(['ls'])",
        "socket.create_connection(('localhost', 1))",
        "jobs = Queue()",
        "jobs: Queue[int] = queue.SimpleQueue()",
        "threading.Thread(target=print).start()",
        "pool = ThreadPoolExecutor(4)",
        "while True:\n    work()",
        "for pause_s in pauses(first_s=1, longest_s=2):\n    work()",
        "async def f():\n    await event.wait()",
    ],
)
def test_what_has_no_bound_is_found(line: str) -> None:
    assert len(findings(line)) == 1


def test_reading_a_queue_without_a_time_out_is_found() -> None:
    assert [found.line for found in findings("self.jobs = Queue(5)\nself.jobs.get()\nsettings.get()")] == [2]


@pytest.mark.parametrize(
    "line",
    [
        "future.result(3)",
        "thread.join(timeout=3)",
        "', '.join(words)",
        "lock.acquire(timeout=3)",
        "lock.acquire(blocking=False)",
        "subprocess.run(['ls'], timeout=3)",
        "Queue(maxsize=10)",
        "while True:\n    if time.monotonic() > give_up_at:\n        break",
        "while True:\n    page = query()\n    if 'LastEvaluatedKey' not in page:\n        break",
        "async def f():\n    async with asyncio.timeout(3):\n        await event.wait()",
        "async def f():\n    await asyncio.wait_for(event.wait(), 3)",
        "threads.keep_running('name', run)",
    ],
)
def test_what_has_a_bound_is_not_found(line: str) -> None:
    assert findings(line) == []


def test_a_comment_may_name_the_bound() -> None:
    assert findings("event.wait()  # bounded: by the caller") == []
    assert findings("# bounded: by the caller,\n# who always comes\nevent.wait()") == []
    assert len(findings("# bounded: by the caller\n\nevent.wait()")) == 1
    assert len(findings("event.wait()  # bounded:")) == 1
