"""Is there one order in which all that clients saw of a class could have happened? porcupine looks for it.

The operations are the students', the instructor's and the registrar's changes, and each look at DynamoDB, which is one
transaction. Positions are left out: after a crash between the two stores they may be seconds old, and check_lifecycles
and check_positions are about them. Optional, for it needs Go (`apt install golang-go`).
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verify import columns
from verify.history import Answer, Asked, Change, History, Said, Snapshot, Violation

FOLDER = Path(__file__).parent / "linearizability"
_BUILT_WITHIN_S, _CHECKED_WITHIN_S = 300.0, 600.0

_ASKED = {Asked.ENROLL: "enroll", Asked.DROP: "drop", Asked.INSTRUCTOR_DROP: "drop", Asked.LEAVE: "leave"}
_SAID = {
    Said.SEATED_NEW: "seated new",
    Said.SEATED_AGAIN: "seated again",
    Said.JOINED: "joined",
    Said.DROPPED: "dropped",
    Said.LEFT: "left",
    Said.IS_STRANGER: "is stranger",
    Said.IS_DROPPED: "is dropped",
    Said.IS_WAITING: "is waiting",
    Said.IS_SEATED: "is seated",
    Said.FULL: "full",
    Said.CLOSED: "closed",
}


class NoGo(Exception):
    """It cannot be checked; the text says why."""


def build() -> Path:
    """The checker's program. Raises NoGo."""
    go = shutil.which("go")
    if go is None:
        raise NoGo("--linearizability needs Go: sudo apt install golang-go")
    program = Path.home() / ".cache" / "course-enrollment" / "linearizability"
    program.parent.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(
        [go, "build", "-o", program, "."], cwd=FOLDER, text=True, capture_output=True, timeout=_BUILT_WITHIN_S
    )
    if built.returncode:
        raise NoGo(f"The checker of --linearizability can not be built:\n{built.stderr}")
    return program


def check(program: Path, history: History, sizes: dict[int, tuple[int, int]]) -> list[Violation]:
    """`sizes`: seats and places of each class when it was made. What is not decided in time is counted, too."""
    classes = [
        {"class_id": class_id, "capacity": seats, "places": places, "operations": list(operations(history, class_id))}
        for class_id, (seats, places) in sizes.items()
    ]
    ended = subprocess.run(
        [program], input=json.dumps({"classes": classes}), text=True, capture_output=True, timeout=_CHECKED_WITHIN_S
    )
    if ended.returncode:
        return [Violation(columns.NOT_LINEARIZABLE, f"the checker failed: {ended.stderr[:300]}")]
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    history.undecided = sum(each["result"] == "Unknown" for each in found)
    return [
        Violation(
            columns.NOT_LINEARIZABLE, f"class {each['class_id']}: {each['result']}, {each['operations']} operations"
        )
        for each in found
        if each["result"] == "Illegal"
    ]


def operations(history: History, class_id: int) -> Iterator[dict[str, Any]]:
    for answer in history.answers:
        if answer.class_id == class_id and answer.changes:
            yield _of_answer(answer)
    for change in history.changes:
        if change.class_id == class_id:
            yield _of_change(change)
    for snapshot in history.snapshots:
        if snapshot.class_id == class_id:
            yield _of_look(snapshot)


def _of_answer(answer: Answer) -> dict[str, Any]:
    ended_s = answer.ended_s if answer.definite else max(answer.settled_s, answer.ended_s)
    return {
        "client": answer.student,
        "began": _ns(answer.began_s),
        "ended": _ns(ended_s),
        "asked": _ASKED[answer.asked],
        "student": answer.student,
        "said": _SAID.get(answer.said, ""),
        "taken": -1 if answer.seats_taken is None else answer.seats_taken,
    }


def _of_change(change: Change) -> dict[str, Any]:
    return {
        "client": 0,
        "began": _ns(change.began_s),
        "ended": _ns(change.settled_s),
        "asked": change.what,
        "said": change.said,
        "taken": -1,
        "capacity": change.capacity,
        "places": change.places,
    }


def _of_look(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "client": -1,
        "began": _ns(snapshot.began_s),
        "ended": _ns(snapshot.ended_s),
        "asked": "look",
        "taken": -1,
        "capacity": snapshot.capacity,
        "places": snapshot.places,
        "seated": sorted(snapshot.seated),
        "line": [student for _, student in snapshot.line],
        "dropped": sorted(snapshot.dropped),
    }


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
