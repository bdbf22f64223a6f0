"""bin/verify --linearizability: porcupine takes what could have happened, and nothing else."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "bin" / "support"))

from verify import check_linearizable, columns
from verify.history import Answer, Change, History, Said

from tests.unit.verify.histories import CLASS, FULL_CLASS, drop, enroll, history, killed, leave, look

# It is an optional part of a command: a machine without Go has everything else.
pytestmark = pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
SIZES = {CLASS: (2, 3)}


@pytest.fixture(scope="module")
def program() -> Path:
    return check_linearizable.build()


def found(program: Path, made: History) -> list[str]:
    return [violation.column for violation in check_linearizable.check(program, made, SIZES)]


def test_a_class_that_fills_and_moves_on_is_explained(program: Path) -> None:
    moved = drop(6, 1, seats_taken=2, promoted=True)
    made = history(*FULL_CLASS, moved, look(7, (2, 3), (4,), dropped=frozenset({1})), leave(8, 4))
    assert found(program, made) == []


@pytest.mark.parametrize(
    "broken",
    [
        (enroll(6, 5, Said.SEATED_NEW),),  # a third student in two seats
        (enroll(6, 3, Said.JOINED),),  # twice in line
        (drop(6, 1), look(7, (2, 4), (3,), dropped=frozenset({1}))),  # overtaken
        (drop(6, 1), look(7, (2,), (3, 4), dropped=frozenset({1}))),  # a seat stays free
        (leave(6, 3), look(7, (1, 2), (3, 4))),  # what was said did not happen
        (look(6, (1, 2), (4,)),),  # somebody is lost
        (drop(6, 1, seats_taken=1),),  # a wrong count
        (enroll(6, 5, Said.FULL),),  # there is room in line
    ],
)
def test_a_broken_history_has_no_explanation(program: Path, broken: tuple[Answer, ...]) -> None:
    assert found(program, history(*FULL_CLASS, *broken)) == [columns.NOT_LINEARIZABLE]


def test_what_nobody_answered_may_have_happened_or_not(program: Path) -> None:
    lost = drop(6, 1, Said.NO_REPLY)
    for seen in (look(12, (1, 2), (3, 4)), look(12, (2, 3), (4,), dropped=frozenset({1}))):
        assert found(program, history(*FULL_CLASS, lost, seen)) == []
    assert found(program, history(*FULL_CLASS, lost, look(12, (2, 4), (3,), dropped=frozenset({1})))) != []


def test_a_second_try_finds_nothing_else_than_the_first(program: Path) -> None:
    again = enroll(6, 5, Said.IS_WAITING)
    assert found(program, history(*FULL_CLASS, again, killed(6, "dynamodb"))) == [columns.NOT_LINEARIZABLE]


def test_a_history_is_cut_where_a_look_is_alone_and_each_part_is_judged(program: Path) -> None:
    moved = (drop(6, 1, seats_taken=2, promoted=True), look(7, (2, 3), (4,), dropped=frozenset({1})))
    made = history(*FULL_CLASS, *moved, enroll(8, 1, Said.JOINED))
    assert found(program, made) == []
    assert made.parts == {"Ok": 3}
    broken = history(*FULL_CLASS, *moved, leave(8, 1), enroll(9, 5, Said.JOINED))
    assert found(program, broken) == [columns.NOT_LINEARIZABLE]
    assert broken.parts == {"Ok": 2, "Illegal": 1}


def test_a_class_that_was_closed_before_the_cut_may_say_so_after_it(program: Path) -> None:
    made = history(*FULL_CLASS, look(8, (1, 2), (3, 4)), enroll(9, 5, Said.CLOSED))
    made.changes.append(Change(CLASS, "close", "done", 6, 7))
    assert found(program, made) == []


def test_nothing_is_cut_while_a_request_may_be_under_way() -> None:
    made = history(*FULL_CLASS, drop(6, 1, Said.NO_REPLY), look(7, (1, 2), (3, 4)), look(12, (1, 2), (3, 4)))
    parts = list(check_linearizable.cut(CLASS, 2, 3, list(check_linearizable.operations(made, CLASS))))
    assert [len(part["operations"]) for part in parts] == [5, 3]


def test_more_seats_go_to_the_line(program: Path) -> None:
    made = history(*FULL_CLASS, look(8, (1, 2, 3), (4,), capacity=3))
    assert found(program, made) == [columns.NOT_LINEARIZABLE]
    made.changes.append(Change(CLASS, "resize", "done", 6, 7, 3, 3))
    assert found(program, made) == []
