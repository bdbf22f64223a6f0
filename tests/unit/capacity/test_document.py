"""etc/capacity.md quotes what the records and the template have, and is written anew when they change."""

import re
from pathlib import Path

import pytest
from aws.tables import NEW
from aws.units import needed
from capacity.machine import Measured, measured, simulated

TEXT = (Path(__file__).parents[3] / "etc/capacity.md").read_text()


@pytest.mark.parametrize("case", list(measured()), ids=lambda case: case.name)
def test_the_measured_rates_are_those_of_the_records(case: Measured) -> None:
    [line] = [line for line in TEXT.splitlines() if re.search(rf"\| {case.rate:,.0f}/s", line)]
    assert f"{simulated(case)[0]:,.0f}/s" in line


@pytest.mark.parametrize(
    "place",
    ["enrollments", "enrollments/by-student", "enrollments/by-waiting-student", "classes", "history", "SignInTries"],
)
def test_the_warm_throughput_is_that_of_the_template(place: str) -> None:
    reads, writes = needed(place)
    [line] = [line for line in TEXT.splitlines() if line.startswith("|") and _names(place, line)]
    assert f"{writes:,}" in line
    assert reads <= NEW[0] or place == "history" or f"{reads:,}" in line


def _names(place: str, line: str) -> bool:
    """The line of this index, or of the table itself; not one in which it is only mentioned."""
    _, _, index = place.partition("/")
    first = line.split("|")[1]
    return f"`{place.partition('/')[0]}`" in first and (f"`{index}`" in first if index else "by-" not in first)
