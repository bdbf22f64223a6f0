"""What the person who watches sees: progress, and the table at the end; and the same for programs, as JSON."""

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from verify import columns
from verify.history import ON_CLUSTERS, ON_LINKS, ON_PROCESSES, History, Kind
from verify.long_line import summary
from verify.verdict import Verdict

_RED, _GREEN, _BOLD, _PLAIN = "\033[31m", "\033[32m", "\033[1m", "\033[0m"
_NEWS_EVERY_S = 5.0
_EXAMPLES = 5
_MOST_TRAILS = 20
_WIDTH = 44


class Console:
    """Progress in one line that is rewritten on a terminal, else in a line every few seconds."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._coloured = self._terminal and not os.environ.get("NO_COLOR")
        self._began_s = time.monotonic()
        self._shown_s = 0.0

    def say(self, text: str) -> None:
        self._print(f"[{time.monotonic() - self._began_s:6.1f} s] {text}")

    def show(self, _: float, what: str, history: History) -> None:
        now_s = time.monotonic()
        if now_s - self._shown_s < (0.2 if self._terminal else _NEWS_EVERY_S):
            return
        self._shown_s = now_s
        requests, notices = sum(history.statuses.copy().values()), len(history.deliveries)
        text = f"{what}: {requests} requests, {len(history.faults)} faults, {notices} notices"
        if self._terminal:
            print(f"\r\033[K[{now_s - self._began_s:6.1f} s] {text}", end="", flush=True)
        else:
            self.say(text)

    def table(self, history: History, verdict: Verdict, seconds: float) -> None:
        for line in table(history, verdict, seconds):
            self._print(self._painted(line))

    def _print(self, text: str) -> None:
        print(f"\r\033[K{text}" if self._terminal else text, flush=True)

    def _painted(self, line: str) -> str:
        if not self._coloured:
            return line
        column = line[2 : 2 + _WIDTH].strip()
        if column not in columns.ALL:
            return f"{_BOLD}{line}{_PLAIN}" if line and not line.startswith(" ") else line
        count = line[2 + _WIDTH :].split()[0]
        return f"{_GREEN if count == '0' else _RED}{line}{_PLAIN}"


def table(history: History, verdict: Verdict, seconds: float) -> list[str]:
    """The lines of the table, without colours."""
    lines = ["", _row("requests", sum(history.statuses.values()), f"in {seconds:.0f} s")]
    lines += [_row(f"  {status}", count) for status, count in sorted(history.statuses.items())]
    for kind in (*ON_PROCESSES, Kind.CLOCK, *ON_LINKS, *ON_CLUSTERS):
        faults = faults_of(history, kind)
        lines += [_row(f"faults: {kind}", sum(faults.values()), "" if faults else "none (--faults, or too short)")]
        lines += [_row(f"  {process}", count) for process, count in sorted(faults.items())]
    lines.append(_row("messages published twice", history.copies))
    if history.long_line_ms:
        lines.append(f"  {summary(history.long_line_ms)}")
    lines += ["", "must be zero"]
    for column, count in verdict.columns.items():
        shown: int | str = count
        if column == columns.MISSING and not verdict.missing_is_final:
            shown = "?"
        lines.append(_row(column, shown, verdict.grounds.get(column, "")))
    examples = [
        f"  {column}: {violation.text}"
        for column in columns.ALL
        for violation in [v for v in verdict.violations if v.column == column][:_EXAMPLES]
    ]
    if examples:
        lines += ["", f"What was found (at most {_EXAMPLES} of each kind; --json has all)", *examples]
    return [*lines, ""]


def write_json(path: Path, history: History, verdict: Verdict, about: dict[str, Any]) -> None:
    path.write_text(
        json.dumps(
            {
                **about,
                "requests": dict(sorted(history.statuses.items())),
                "kills": dict(sorted(faults_of(history, Kind.KILL).items())),
                "stops": dict(sorted(faults_of(history, Kind.STOP).items())),
                "worst_reply_s": round(history.worst_reply[0], 2),
                "must_be_zero": verdict.columns,
                "missing_is_final": verdict.missing_is_final,
                "duplicates_explained_by_a_crash": verdict.explained,
                "grounds": verdict.grounds,
                "violations": [{"column": v.column, "text": v.text} for v in verdict.violations],
                "trails": {f"{pair[0]} in {pair[1]}": trail(history, pair) for pair in _pairs(verdict)},
                "faults": [
                    {
                        "process": b.process,
                        "kind": b.kind,
                        "at_s": round(b.at_s, 2),
                        "recovered_s": b.recovered_s and round(b.recovered_s, 2),
                    }
                    for b in history.faults
                ],
            },
            indent=2,
        )
        + "\n"
    )


def trail(history: History, pair: tuple[int, int]) -> list[str]:
    """All that is known of one student and one class, in order of time."""
    told = [(a.began_s, str(a)) for a in history.answers if (a.student, a.class_id) == pair]
    came = [
        (d.at_s, f"{d.channel} notice {d.event_id} at {d.at_s:.2f} s")
        for d in history.deliveries
        if (d.student, d.class_id) == pair
    ]
    seen = [
        (s.began_s, f"{s.membership(pair[0])} in DynamoDB at {s.ended_s:.2f} s")
        for s in history.snapshots
        if s.class_id == pair[1]
    ]
    return [text for _, text in sorted(told + came + seen)]


def _pairs(verdict: Verdict) -> list[tuple[int, int]]:
    return sorted({violation.pair for violation in verdict.violations if violation.pair})[:_MOST_TRAILS]


def faults_of(history: History, kind: Kind) -> Counter[str]:
    return Counter(fault.process for fault in history.faults if fault.kind is kind)


def _row(name: str, count: int | str, remark: str = "") -> str:
    return f"  {name:<{_WIDTH}}{count:>8}" + (f"   {remark}" if remark else "")
