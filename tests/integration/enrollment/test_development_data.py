"""The development data comes whole, also when the process that loads it is killed in the middle."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from enrollment.adapters.class_store import ClassStore
from enrollment.cli.development_data import CLASSES, load_if_empty
from tests.support.world import World, fresh_world


@pytest.fixture
def empty() -> Iterator[World]:
    with fresh_world() as world:
        yield world


class Killed(Exception):
    pass


@dataclass
class Doomed:
    """A store whose process dies before the class that is one too many."""

    classes: ClassStore
    left: int

    def add(self, *about: Any) -> None:
        if not self.left:
            raise Killed
        self.left -= 1
        self.classes.add(*about)


def test_a_load_that_was_cut_short_is_ended_by_the_next(empty: World) -> None:
    deps = empty.deps
    for left in (0, 1, 3):
        with pytest.raises(Killed):
            load_if_empty(deps.database, deps.tables, Doomed(deps.classes, left))  # type: ignore[arg-type]
    assert load_if_empty(deps.database, deps.tables, deps.classes)
    assert not load_if_empty(deps.database, deps.tables, deps.classes), "there once"
    for class_id in range(1, len(CLASSES) + 1):
        empty.check(class_id, shown=False)
