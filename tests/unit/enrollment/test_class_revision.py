"""Changes of a class itself by registrars, and their entries in its history (enrollment.domain.class_revision)."""

from dataclasses import replace
from typing import Any

import pytest

from enrollment.domain import errors
from enrollment.domain.class_revision import Revision
from enrollment.domain.class_section import ClassStatus, Promotion
from enrollment.domain.history import What
from tests.support.rosters import ME, WANTED, changes, offering, roster, section


@pytest.mark.parametrize(
    ("revision", "what", "details"),
    [
        (Revision(max_capacity=9), What.RESIZED, {"max_capacity": 9, "waitlist_maximum": 5}),
        (Revision(waitlist_maximum=0), What.RESIZED, {"max_capacity": 2, "waitlist_maximum": 0}),
        (Revision(class_name="Compilers"), What.RETITLED, {"class_name": "Compilers", "department": "CS"}),
        (Revision(department="Maths"), What.RETITLED, {"class_name": "Web", "department": "Maths"}),
        (Revision(instructor_id=6), What.INSTRUCTOR, {"instructor_id": 6}),
        (Revision(status="inactive"), What.STATUS, {"status": "inactive"}),
    ],
    ids=lambda value: str(value) if isinstance(value, What) else "",
)
def test_a_revision_changes_what_it_names_and_nothing_else(
    revision: Revision, what: What, details: dict[str, Any]
) -> None:
    some = roster(section())
    some.revise(revision)
    assert changes(some) == [(what, ME, None, details)]
    assert some.section == replace(some.loaded, **details)
    some.revise(revision)
    assert len(some.changes) == 1, "told when it changes, and only then"


def test_a_revision_that_is_refused_changes_nothing() -> None:
    some = roster(section(current_enrollment=2))
    with pytest.raises(errors.StillSeated):
        some.revise(Revision(class_name="Another", max_capacity=1))
    assert not some.changed
    assert some.changes == []


def test_a_class_in_removal_cannot_be_revised() -> None:
    some = roster(section())
    some.begin_removal()
    for change in (
        lambda: some.resize(3, 5),
        lambda: some.retitle("Another", "CS"),
        lambda: some.assign_instructor(7),
        lambda: some.set_status(ClassStatus.ACTIVE),
        lambda: some.set_policy(Promotion.OFFER, 60),
    ):
        with pytest.raises(errors.ClassUnknown):
            change()


def test_a_class_can_be_as_small_as_the_number_of_its_students_and_no_smaller() -> None:
    some = roster(section(max_capacity=3, current_enrollment=2))
    some.resize(2, 0)
    assert some.section.max_capacity == 2
    with pytest.raises(errors.StillSeated) as refused:
        some.resize(1, 0)
    assert refused.value.detail == errors.StillSeated(WANTED, 2).detail


def test_a_class_is_no_smaller_than_its_seats_and_offers_together() -> None:
    some = roster(offering(max_capacity=5, current_enrollment=2, current_waitlist=1, open_offers=1))
    with pytest.raises(errors.StillSeated) as refusal:
        some.resize(2, 5)
    assert refusal.value.detail == errors.StillSeated(WANTED, 2, 1).detail
    some.resize(3, 5)
    assert some.section.max_capacity == 3


def test_a_policy_is_told_when_it_changes_and_only_then() -> None:
    some = roster(section())
    for _ in range(2):
        some.set_policy(Promotion.OFFER, 600)
        assert changes(some) == [(What.POLICY, ME, None, {"promotion": "offer", "offer_window_s": 600})]
    assert (some.section.promotion, some.section.offer_window_s) == (Promotion.OFFER, 600)


def test_a_removal_is_told_when_it_begins_and_only_then() -> None:
    some = roster(section())
    for _ in range(2):
        some.begin_removal()
        assert changes(some) == [(What.STATUS, ME, None, {"status": "removing"})]
