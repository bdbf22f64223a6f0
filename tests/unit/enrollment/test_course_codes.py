"""A section is unique as people read its course's code."""

import pytest

from enrollment.domain.sections import normalized_code


@pytest.mark.parametrize(
    "code", ["cpsc 900", "CPSC 900", "  CPSC \t 900 ", "CPSC\u00a0900", "\uff23\uff30\uff33\uff23 900"]
)
def test_case_width_and_white_space_make_no_other_course(code: str) -> None:
    assert normalized_code(code) == "cpsc 900"


def test_what_folding_makes_is_normalized_again() -> None:
    """Folding the case of one form can make another: of U+1E9E two letters, of U+0345 an iota."""
    for code in ("stra\u1e9ee 1", "\u0345 1", "\u1fb4 1"):
        assert normalized_code(normalized_code(code)) == normalized_code(code)
    assert normalized_code("STRA\u1e9eE 1") == normalized_code("strasse 1")


def test_other_letters_and_numbers_are_another_course() -> None:
    assert len({normalized_code(code) for code in ("CPSC 900", "CPSC 90", "CPSC900", "CPSX 900")}) == 4
