"""A row without a flame graph says why; tests/e2e/test_bench.py has one drawn."""

from pathlib import Path

import pytest
from bench import flame


def test_without_a_process_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(flame.NotDrawn, match="no process"), flame.drawn(lambda: None, tmp_path / "row.svg"):
        pass
