"""Nobody gets a seat before one who was there before him."""

from verify import columns
from verify.history import Said

from tests.unit.verify.histories import FULL_CLASS, columns_of, drop, enroll, leave, look


def test_the_first_in_line_being_promoted_first_is_clean() -> None:
    assert columns_of(*FULL_CLASS, drop(6, 1, promoted=True), look(7, (2, 3), (4,), dropped=frozenset({1}))) == {}


def test_the_second_in_line_sitting_while_the_first_waits_is_overtaking() -> None:
    overtaken = look(7, (2, 4), (3,), dropped=frozenset({1}))
    found = columns_of(*FULL_CLASS, drop(6, 1, promoted=True), overtaken, leave(8, 3))
    assert found == {columns.OVERTAKEN: 1}


def test_replies_alone_show_it() -> None:
    joined = (enroll(3, 3, Said.JOINED), enroll(4, 4, Said.JOINED))
    assert columns_of(*joined, drop(5, 4), leave(6, 3)) == {columns.OVERTAKEN: 1}


def test_places_alone_show_it_for_those_who_asked_at_the_same_time() -> None:
    together = (enroll(3, 3, Said.JOINED), enroll(3.05, 4, Said.JOINED))
    seen = look(5, (1, 2), (3, 4))
    later = (enroll(0, 1, Said.SEATED_NEW), enroll(0, 2, Said.SEATED_NEW), *together, seen, drop(6, 4), leave(7, 3))
    assert columns_of(*later) == {columns.OVERTAKEN: 1}
    assert columns_of(*together, drop(6, 4), leave(7, 3)) == {}, "nothing tells who of the two was first"


def test_a_newcomer_seated_past_the_line_has_overtaken_it() -> None:
    assert columns_of(*FULL_CLASS, enroll(6, 9, Said.SEATED_NEW), leave(7, 3))[columns.OVERTAKEN] == 1


def test_a_later_comer_with_an_earlier_place_has_overtaken() -> None:
    found = columns_of(
        enroll(1, 1, Said.SEATED_NEW),
        enroll(2, 2, Said.SEATED_NEW),
        enroll(3, 3, Said.JOINED),
        enroll(4, 4, Said.JOINED),
        look(5, (1, 2), ((101, 4), (102, 3))),
    )
    assert found == {columns.OVERTAKEN: 1}


def test_a_place_that_changes_while_he_waits_is_found() -> None:
    assert columns_of(*FULL_CLASS, look(6, (1, 2), ((104, 4), (105, 3))))[columns.OVERTAKEN] >= 1


def test_who_left_in_between_was_not_overtaken() -> None:
    again = (leave(6, 3), enroll(7, 3, Said.JOINED), drop(8, 4), leave(9, 3))
    assert columns_of(*FULL_CLASS, *again) == {}


def test_who_may_have_left_by_a_request_without_a_reply_is_not_counted_as_waiting() -> None:
    doubt = (leave(6, 3, Said.NO_REPLY), enroll(10, 3, Said.JOINED), drop(12, 4), leave(13, 3))
    assert columns_of(*FULL_CLASS, *doubt) == {}
