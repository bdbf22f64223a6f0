"""The report: a table for people, JSON for the record, and the comparison of two records."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.processes import ROOT
from bench.samples import Figure, Of, differs

FORMAT = 1
HEADINGS = ("", "row", "what", "figure", "p50 ms", "p99 ms", "CPU µs", "floor", "ratio", "reach", "spread", "")


def record(figures: list[Figure], effort: str, seconds: float, beside: str | None = None) -> dict[str, Any]:
    """`beside` is the commit that was measured in the place of the floors."""
    return {
        "format": FORMAT,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "beside": beside,
        "effort": effort,
        "took_s": round(seconds, 1),
        "machine": {
            "cpus": os.cpu_count(),
            "processor": _processor(),
            "python": platform.python_version(),
            "system": platform.system(),
            "load_before": os.environ.get("BENCH_LOAD", ""),
        },
        "rows": [figure.as_json() for figure in figures],
    }


def table(figures: Iterable[Figure]) -> str:
    rows = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for number, row in enumerate(rows):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            lines.append("─" * len(lines[0]))
    return "\n".join(lines)


def notes(figures: Iterable[Figure]) -> str:
    return "\n".join(f"! {figure.row}: {note}" for figure in figures for note in figure.notes)


def _cells(figure: Figure) -> tuple[str, ...]:
    mark = {True: "✓", False: "✗", None: " "}[figure.reached]
    ours = figure.ours
    return (
        mark,
        figure.row,
        figure.what,
        _value(figure),
        _number(ours.get("p50_ms")),
        _number(ours.get("p99_ms")),
        _number(ours.get("cpu_us_per_request")),
        _compared(figure.floor, figure.of) if figure.floor else "",
        "" if figure.ratio is None else f"{figure.ratio:.0%}",
        figure.goal,
        "" if figure.spread is None else f"±{figure.spread / 2:.0%}",
        verdict(figure),
    )


def verdict(figure: Figure) -> str:
    """Whether the pairs tell its two sides apart, where they do not."""
    if not figure.ratios:
        return ""
    few = f"{len(figure.ratios)} pairs: too few"
    return {True: "", False: "not distinguishable", None: few}[differs(figure.ratios)]


def said(figure: Figure) -> str:
    """A line while the others are still being measured."""
    sides = [_compared(side, figure.of) for side in (figure.ours, figure.floor) if side]
    words = [f"{figure.row}: {', floor '.join(sides)}"]
    if figure.ratio is not None:
        words.append(f"{figure.ratio:.0%}")
    if figure.spread is not None:
        words.append(f"±{figure.spread / 2:.0%}")
    if figure.goal:
        words.append(f"to reach: {figure.goal}")
    return ", ".join(filter(None, [*words, verdict(figure)]))


def _value(figure: Figure) -> str:
    ours = figure.ours
    if "rate" in ours:
        return _compared(ours, figure.of)
    if "after_mib" in ours:
        idle = "" if ours["idle_mib"] is None else f"{ours['idle_mib']:.0f} → "
        return f"{idle}{ours['after_mib']:.0f} MiB"
    if "kib" in ours:
        return f"{ours['kib']:.1f} KiB"
    if "seconds" in ours:
        return f"{ours['seconds']:.1f} s"
    if figure.unit == "ms" and ours:
        return f"{_number(ours['p50_ms'])} ms"
    return "" if ours else "not measured"


def _compared(side: dict[str, Any], of: Of) -> str:
    return f"{_number(side[of])}{'/s' if of is Of.RATE else ' ms'}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def comparison(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Each row of both records: its main figure then and now. Ratios to the floor do not depend on the machine."""
    before = {row["row"]: row for row in old["rows"]}
    lines = [f"compared with {old['commit'][:12]} of {old['measured_at']} ({old['effort']})"]
    for row in new["rows"]:
        if row["row"] not in before:
            lines.append(f"  {row['row']:<20} new")
            continue
        then, now = _main(before[row["row"]]), _main(row)
        if then is None or now is None:
            continue
        (unit, old_value), (_, new_value) = then, now
        change = f"{new_value / old_value - 1:+.0%}" if old_value else ""
        lines.append(f"  {row['row']:<20} {_number(old_value):>9} → {_number(new_value):>9} {unit:<16} {change}")
    return "\n".join(lines)


def _main(row: dict[str, Any]) -> tuple[str, float] | None:
    if row["ratio"] is not None:
        return "% of the floor", 100 * float(row["ratio"])
    for name, unit in (("p50_ms", "ms (median)"), ("after_mib", "MiB"), ("kib", "KiB"), ("seconds", "s")):
        if row["ours"].get(name) is not None:
            return unit, float(row["ours"][name])
    return None


def load(path: Path) -> dict[str, Any]:
    """A record written before. Raises ValueError with a sentence for the user."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    if found.get("format") != FORMAT:
        raise ValueError(f"{path} is no record of bin/bench in format {FORMAT}")
    return found


def write(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
