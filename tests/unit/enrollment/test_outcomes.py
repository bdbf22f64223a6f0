"""Whatever a keyed request comes to is read again as it was written."""

from typing import Any

import pytest

from enrollment.adapters.outcomes import Outcomes, decoded, encoded
from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.record import Dropped, Record, Seated, State, Swapped, Waiting
from kit.idempotency import KeyedRequest, StoredReply
from kit.stores.idempotency_keys import Kept

RECORD = Record(4, State.WAITLISTED, 7, sequence_number=9, since_s=10, swap_from=3, paused=True)
SECTION = ClassSection(
    2, "CPSC 449", 1, "Web Back-End", "Computer Science", 5, 30, 10, 0, 0, ClassStatus.ACTIVE, 1, 100
)
OFFERING = ClassSection(**(vars(SECTION) | {"promotion": Promotion.OFFER, "offer_window_s": 60}))


@pytest.mark.parametrize(
    "outcome",
    [
        None,
        Seated(RECORD, True, 3),
        Waiting(RECORD),
        Dropped(RECORD, 2),
        Dropped(None, 0),
        Swapped(RECORD),
        Swapped(None),
        SECTION,
        OFFERING,
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_an_outcome_is_read_as_it_was_written(outcome: Any) -> None:
    assert decoded(encoded(outcome)) == outcome


@pytest.mark.parametrize(
    "kept",
    [Kept("other", None, StoredReply(200, "{}")), Kept("other", '"an id"', None), Kept("other", "null", None)],
)
def test_what_another_request_or_service_left_under_the_key_is_no_outcome_but_known(kept: Kept) -> None:
    class Keys:
        def kept(self, names: list[str]) -> dict[str, Kept]:
            return dict.fromkeys(names, kept)

    outcomes = Outcomes(Keys())  # type: ignore[arg-type]
    assert outcomes.known([KeyedRequest("4/key", "ours")]) == {"4/key": ("other", None)}
