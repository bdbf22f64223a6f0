"""What the last release reached, in etc/bench/release.json: of each row the ratios of its pairs, and since when.

Ratios can be compared between machines and days, as rates cannot.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from bench.processes import ROOT
from bench.revision import LOSS
from bench.samples import ENOUGH, Figure, Of, apart

RECORD = ROOT / "etc/bench/release.json"
Rows = dict[str, dict[str, Any]]
"""By name of the row: release, what, of, ratios."""


def load(path: Path = RECORD) -> Rows:
    rows: Rows = json.loads(path.read_text())
    return rows


def write(rows: Rows, path: Path = RECORD) -> None:
    """A line for each row."""
    lines = [f"  {json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in rows.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def updated(rows: Rows, figures: Iterable[Figure], release: str) -> Rows:
    """With the rows that were measured often enough in place of those of the same name."""
    fresh = {
        figure.row: {
            "release": release,
            "what": figure.what,
            "of": str(figure.of),
            "ratios": [round(ratio, 3) for ratio in figure.ratios],
        }
        for figure in figures
        if len(figure.ratios) >= ENOUGH and not figure.has_errors
    }
    return {**rows, **fresh}


def since(rows: Rows, figures: Iterable[Figure]) -> str:
    """A line for each row that was measured then as now: both ratios, and ▼ where more than LOSS was lost."""
    lines = [line for figure in figures if (line := _line(rows, figure))]
    if not lines:
        return ""
    return "\n".join([f"since the last release (▼: more than {LOSS:.0%} of the ratio lost)", *lines])


def _line(rows: Rows, figure: Figure) -> str:
    then = rows.get(figure.row)
    # A quick run has rows of the same names, of which what they measure says that they are others.
    if then is None or not figure.ratios or (then["what"], then["of"]) != (figure.what, figure.of):
        return ""
    before, now = median(then["ratios"]), median(figure.ratios)
    change = figure.of.gain(now) / Of(then["of"]).gain(before) - 1
    differ = apart(figure.ratios, then["ratios"])
    said = {True: "", False: ", not distinguishable", None: ", too few pairs to tell"}[differ]
    mark = "▼" if change < -LOSS else " "
    return f"{mark} {figure.row:<20} {before:>6.0%} in {then['release']} → {now:>6.0%}  {change:+.0%}{said}"
