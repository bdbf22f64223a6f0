"""Nobody is lost, no reply contradicts the rest, and what cannot be known is not held against the system."""

import pytest
from verify import check_lifecycles, columns
from verify.history import Answer, Asked, Said

from tests.unit.verify.histories import (
    CLASS,
    FULL_CLASS,
    columns_of,
    drop,
    enroll,
    history,
    killed,
    leave,
    look,
    position,
    said,
)


def test_an_ordinary_life_is_clean() -> None:
    assert (
        columns_of(
            *FULL_CLASS,
            enroll(6, 5, Said.JOINED),
            enroll(7, 6, Said.FULL),
            drop(8, 1, promoted=True),
            look(9, (2, 3), (4, 5), dropped=frozenset({1})),
            enroll(10, 3, Said.IS_SEATED),
            leave(11, 4),
            drop(12, 4, Said.IS_DROPPED),
            drop(13, 5, Said.IS_WAITING),
            enroll(14, 1, Said.JOINED),
            look(15, (2, 3), ((105, 5), (110, 1)), dropped=frozenset({4})),
            drop(16, 2, promoted=True),
            drop(17, 5),
            look(18, (3, 1), dropped=frozenset({2, 4, 5})),
            said(19, 1, Asked.INSTRUCTOR_DROP, Said.DROPPED),
            enroll(20, 1, Said.SEATED_AGAIN),
        )
        == {}
    )


@pytest.mark.parametrize(
    "after",
    [
        look(6, (1, 2), (4,)),
        look(6, (1, 2), (4,), dropped=frozenset({3})),
        enroll(6, 3, Said.JOINED),
        enroll(6, 3, Said.FULL),
        leave(6, 3, Said.IS_DROPPED),
        leave(6, 3, Said.IS_STRANGER),
    ],
    ids=str,
)
def test_who_was_told_to_wait_and_is_gone_is_lost(after: Answer) -> None:
    assert columns_of(*FULL_CLASS, after)[columns.LOST] == 1


def test_who_was_told_that_he_sits_and_does_not_is_lost() -> None:
    assert columns_of(*FULL_CLASS, drop(6, 1, Said.IS_DROPPED))[columns.LOST] == 1
    assert columns_of(*FULL_CLASS, look(6, (2,), (3, 4), dropped=frozenset({1})))[columns.LOST] == 1


@pytest.mark.parametrize(
    "reply",
    [
        enroll(6, 9, Said.IS_SEATED),
        enroll(6, 9, Said.IS_WAITING),
        enroll(6, 9, Said.SEATED_AGAIN),
        drop(6, 9),
        drop(6, 9, Said.IS_DROPPED),
        leave(6, 9),
        leave(6, 1),
        enroll(6, 1, Said.IS_WAITING),
        position(6, 9),
        position(6, 9, Said.NOT_MODIFIED),
        position(6, 3, Said.STRANGE),
        enroll(6, 9, Said.STRANGE),
    ],
    ids=str,
)
def test_a_reply_that_can_not_be_true_is_found(reply: Answer) -> None:
    assert columns_of(*FULL_CLASS, reply)[columns.CONTRADICTION] == 1


def test_a_seat_nobody_asked_for_is_found() -> None:
    assert columns_of(look(1, (9,))) == {columns.CONTRADICTION: 1}


def test_who_was_told_not_to_be_in_line_and_still_is_was_told_wrong() -> None:
    told = position(20, 3, Said.NOT_IN_LINE)
    assert columns_of(*FULL_CLASS, told, look(21, (1, 2), (3, 4)))[columns.CONTRADICTION] == 1
    assert columns_of(*FULL_CLASS, told, leave(21, 3))[columns.CONTRADICTION] == 1
    assert columns_of(*FULL_CLASS, told, drop(21, 3)) == {}, "he was promoted meanwhile"


def test_a_position_may_be_told_for_a_moment_after_it_was_given_up_and_no_longer() -> None:
    assert columns_of(*FULL_CLASS, leave(6, 3), position(8, 3)) == {}
    assert columns_of(*FULL_CLASS, leave(6, 3), position(12, 3)) == {columns.CONTRADICTION: 1}


def test_a_position_that_grows_within_one_stay_is_found() -> None:
    assert columns_of(*FULL_CLASS, position(6, 4, place=1, length=2), position(7, 4, place=2, length=2)) == {
        columns.OVERTAKEN: 1
    }
    again = (leave(7, 4), enroll(8, 4, Said.JOINED), position(9, 4, place=2, length=2))
    assert columns_of(*FULL_CLASS, position(6, 4, place=1, length=2), *again) == {}


def test_a_position_beyond_the_length_is_found() -> None:
    assert columns_of(*FULL_CLASS, position(6, 4, place=3, length=2)) == {columns.CONTRADICTION: 1}


@pytest.mark.parametrize("lost", [Said.NO_REPLY, Said.UNAVAILABLE])
@pytest.mark.parametrize("seen", [look(10), look(10, (9,))])
def test_after_a_lost_reply_both_outcomes_are_right(lost: Said, seen: Answer) -> None:
    assert columns_of(enroll(1, 9, lost), seen) == {}


def test_after_a_lost_reply_the_next_definite_answer_counts_again() -> None:
    assert columns_of(enroll(1, 9, Said.NO_REPLY), enroll(5, 9, Said.IS_SEATED), look(6))[columns.LOST] == 1


def test_what_can_still_be_under_way_is_not_held_against_the_system() -> None:
    early = look(2)
    assert columns_of(enroll(1, 9, Said.NO_REPLY), early, look(10, (9,))) == {}


def test_a_look_while_the_student_asks_tells_nothing() -> None:
    assert columns_of(enroll(1, 9, Said.SEATED_NEW), look(1.02)) == {}
    assert columns_of(enroll(1, 9, Said.SEATED_NEW), look(0.98)) == {}


def test_a_second_try_that_finds_the_first_is_wrong_whatever_was_killed() -> None:
    """Each request has a key, so its second try says what the first would have."""
    reply = enroll(1, 9, Said.IS_SEATED)
    assert columns_of(reply, killed(0.5, "dynamodb")) == {columns.CONTRADICTION: 1}


def test_promotions_are_counted_and_doubt_widens_the_count() -> None:
    def promotions(*happened: Answer) -> tuple[int, int]:
        return check_lifecycles.lifecycles_of(history(*happened))[9, CLASS].promotions

    joined = enroll(1, 9, Said.JOINED)
    assert promotions(joined) == (0, 0)
    assert promotions(joined, enroll(2, 9, Said.IS_SEATED)) == (1, 1)
    assert promotions(joined, drop(2, 9)) == (1, 1)
    assert promotions(joined, leave(2, 9)) == (0, 0)
    assert promotions(joined, drop(2, 9), enroll(3, 9, Said.JOINED), drop(4, 9)) == (2, 2)
    assert promotions(enroll(1, 9, Said.NO_REPLY), enroll(5, 9, Said.IS_SEATED)) == (0, 1)
    assert promotions(joined, leave(2, 9, Said.NO_REPLY), drop(6, 9, Said.IS_DROPPED)) == (0, 0)
    assert promotions(joined, drop(2, 9, Said.NO_REPLY), drop(6, 9, Said.IS_DROPPED)) == (1, 1)
