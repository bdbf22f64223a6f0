"""Is there one order in which all that clients saw of a class could have happened? porcupine looks for it.

The operations are the students', the instructor's and the registrar's changes, and each look at DynamoDB, which is one
transaction. Positions are left out: after a crash between the two stores they may be seconds old, and check_lifecycles
and check_positions are about them. Optional, for it needs Go (`apt install golang-go`).

Searching takes exponentially long in what is under way at once, so a history is cut wherever it can be: a look during
which nothing else was under way shows the class that the next part begins with.
"""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verify import columns
from verify.history import Answer, Asked, Change, History, Said, Snapshot, Violation

FOLDER = Path(__file__).parent / "linearizability"
_BUILT_WITHIN_S, _CHECKED_WITHIN_S, _SEARCHED_S = 300.0, 600.0, 240.0

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
        raise NoGo(f"The checker of --linearizability cannot be built:\n{built.stderr}")
    return program


def check(program: Path, history: History, sizes: dict[int, tuple[int, int]]) -> list[Violation]:
    """`sizes`: seats and places of each class when it was made. What is not decided in time is counted, too."""
    parts = [
        part
        for class_id, (seats, places) in sizes.items()
        for part in cut(class_id, seats, places, list(operations(history, class_id)))
    ]
    given = json.dumps({"parts": parts, "seconds": _SEARCHED_S})
    ended = subprocess.run([program], input=given, text=True, capture_output=True, timeout=_CHECKED_WITHIN_S)
    if ended.returncode:
        return [Violation(columns.NOT_LINEARIZABLE, f"the checker failed: {ended.stderr[:300]}")]
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    history.parts = Counter(each["result"] for each in found)
    return [
        Violation(
            columns.NOT_LINEARIZABLE, "class {class_id}, {operations} operations from {began_s:.2f} s on".format(**each)
        )
        for each in found
        if each["result"] == "Illegal"
    ]


def cut(class_id: int, seats: int, places: int, all_of_it: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The parts of a class's history, each with the class as it began; whether it was closed then is not looked at."""
    in_order = sorted(all_of_it, key=lambda each: each["began"])
    begun: dict[str, Any] = {"capacity": seats, "places": places, "may_be_closed": False}
    part: list[dict[str, Any]] = []
    settled = 0
    for number, each in enumerate(in_order):
        part.append(each)
        following = in_order[number + 1]["began"] if number + 1 < len(in_order) else each["ended"]
        if each["asked"] == "look" and settled <= each["began"] and each["ended"] <= following:
            yield {"class_id": class_id, "operations": part, **begun}
            begun = {name: each[name] for name in ("capacity", "places", "seated", "line", "dropped")}
            begun["may_be_closed"], part = True, []
        settled = max(settled, each["ended"])
    if part:
        yield {"class_id": class_id, "operations": part, **begun}


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
