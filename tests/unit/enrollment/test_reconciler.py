"""What a pass of the reconciler looks at, with stores in memory that count what they are asked."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.waitlist import Freshness, Reading
from enrollment.workers.reconciler import Reconciler
from kit.errors import Unavailable

PLAIN = ClassSection(1, "CPSC 449", 1, "Web", "CS", 5, 2, 1, 0, 0, ClassStatus.ACTIVE, 1, 1000)
AT_REST = Reading(1000, 0, 0, 0, None, Freshness.EXACT)


class Stores:
    """Classes, what Redis shows of them, and who tells of changes."""

    def __init__(self, classes: int) -> None:
        self.classes = {class_id: replace(PLAIN, class_id=class_id) for class_id in range(1, classes + 1)}
        self.shown: dict[int, Reading | None] = {}
        self.calls: Counter[str] = Counter()
        self.looked_at: list[int] = []
        self.missed = True
        self.changes: dict[int, int] = {}  # by class the number of its last change
        self.feed_away = False
        self.promoted: list[int] = []
        self.failing: set[int] = set()
        self.removed: list[int] = []

    # --- DynamoDB

    def pages(self, status: ClassStatus) -> Iterator[list[ClassSection]]:
        found = [section for section in self.classes.values() if section.status is status]
        for first in range(0, len(found) or 1, 100):
            self.calls["query"] += 1
            yield found[first : first + 100]

    def as_they_are(self, class_ids: list[int]) -> list[ClassSection]:
        self.calls["batch get"] += 1
        return [self.classes[class_id] for class_id in class_ids if class_id in self.classes]

    # --- Redis

    def readings(self, class_ids: list[int]) -> list[Reading | None]:
        self.calls["readings"] += 1
        self.looked_at += class_ids
        return [self.shown.get(class_id, AT_REST) for class_id in class_ids]

    def sequence(self) -> int:
        self._require_feed()
        return max(self.changes.values(), default=0)

    def changed_ids(self, after: int) -> tuple[int, set[int]] | None:
        self._require_feed()
        return self.sequence(), {class_id for class_id, number in self.changes.items() if number > after}

    def is_resync_due(self) -> bool:
        self._require_feed()
        missed, self.missed = self.missed, False
        return missed

    def _require_feed(self) -> None:
        self.calls["feed"] += 1
        if self.feed_away:
            raise Unavailable("no feed")

    # --- repairs

    def carry_out_all(self) -> list[str]:
        self.calls["courses"] += 1
        return []

    def promote_waiting(self, class_id: int) -> None:
        if class_id in self.failing:
            raise Unavailable("busy")
        self.promoted.append(class_id)
        self.classes[class_id] = replace(self.classes[class_id], current_waitlist=0)

    def finish(self, class_id: int) -> None:
        self.removed.append(class_id)
        del self.classes[class_id]

    # --- what happens

    def change(self, class_id: int, **changes: Any) -> None:
        self.classes[class_id] = replace(self.classes[class_id], **changes)
        self.changes[class_id] = max(self.changes.values(), default=0) + 1

    def reconciler(self) -> Reconciler:
        """That has looked at all."""
        each = ("classes", "waitlists", "feed", "heartbeats", "courses", "enrollments", "removals")
        deps: Any = SimpleNamespace(**dict.fromkeys(each, self))
        reconciler = Reconciler(deps)
        reconciler.run_once()
        assert sorted(self.looked_at) == sorted(self.classes)
        self.forget()
        return reconciler

    def forget(self) -> None:
        self.calls.clear()
        self.looked_at.clear()


@pytest.fixture
def stores() -> Stores:
    return Stores(250)


def test_a_pass_costs_the_same_with_ten_classes_and_a_thousand_when_nothing_has_changed() -> None:
    costs = []
    for classes in (10, 1_000):
        stores = Stores(classes)
        reconciler = stores.reconciler()
        assert reconciler.run_once() == []
        costs.append(stores.calls)

    assert costs[0] == costs[1]
    assert costs[0].total() <= 6
    assert "readings" not in costs[0]


def test_a_pass_looks_at_what_has_changed_and_once_more_at_what_it_repaired(stores: Stores) -> None:
    reconciler = stores.reconciler()
    stores.change(7, current_enrollment=1)
    stores.change(8, current_waitlist=1)
    for _ in range(3):
        reconciler.run_once()

    assert stores.looked_at == [7, 8, 8]
    assert stores.promoted == [8]


@pytest.mark.parametrize("lasting", [{"waiting_swaps": 1}, {"skipped": 1, "paused": 1}])
def test_where_somebody_waits_for_what_happens_elsewhere_each_pass_looks(
    stores: Stores, lasting: dict[str, int]
) -> None:
    stores.end_skips = stores.promote_waiting  # type: ignore[attr-defined]
    stores.change(7, max_capacity=0, current_waitlist=1, **lasting)
    reconciler = stores.reconciler()
    reconciler.run_once()
    reconciler.run_once()
    assert stores.looked_at == [7, 7]

    stores.change(7, current_waitlist=0, **dict.fromkeys(lasting, 0))
    reconciler.run_once()
    stores.forget()
    reconciler.run_once()
    assert stores.looked_at == []


def test_what_cannot_be_repaired_is_looked_at_again(stores: Stores) -> None:
    reconciler = stores.reconciler()
    stores.change(7, current_waitlist=1)
    stores.failing = {7}
    assert reconciler.run_once() == []
    stores.failing = set()

    assert reconciler.run_once() == ["class 7: free seats given to the line"]


def test_a_change_that_is_on_its_way_to_redis_is_looked_at_again(stores: Stores) -> None:
    reconciler = stores.reconciler()
    stores.change(7, max_capacity=0, current_waitlist=1, line_version=1001)
    stores.shown[7] = replace(AT_REST, length=1, mark_age_s=1)
    reconciler.run_once()
    stores.shown[7] = replace(AT_REST, version=1001, length=1)
    reconciler.run_once()
    reconciler.run_once()

    assert stores.looked_at == [7, 7]


def test_a_class_in_removal_is_found_without_having_changed(stores: Stores) -> None:
    reconciler = stores.reconciler()
    stores.classes[7] = replace(stores.classes[7], status=ClassStatus.REMOVING)

    assert reconciler.run_once() == ["class 7: removed to the end"]
    reconciler.run_once()
    assert stores.looked_at == [7]


def test_after_a_process_was_missed_all_classes_are_looked_at(stores: Stores) -> None:
    reconciler = stores.reconciler()
    stores.missed = True
    reconciler.run_once()

    assert sorted(stores.looked_at) == sorted(stores.classes)


def test_while_nothing_is_known_of_changes_all_classes_are_looked_at(stores: Stores) -> None:
    reconciler = stores.reconciler()
    stores.feed_away = True
    reconciler.run_once()
    stores.feed_away = False
    reconciler.run_once()  # what changed before it is not known
    assert len(stores.looked_at) == 2 * len(stores.classes)

    stores.forget()
    reconciler.run_once()
    assert stores.looked_at == []


def test_a_class_whose_node_is_away_is_left_to_the_next_pass(stores: Stores) -> None:
    reconciler = stores.reconciler()
    stores.shown[7] = None
    stores.change(7, current_waitlist=1)
    reconciler.run_once()
    assert stores.promoted == []

    del stores.shown[7]
    reconciler.run_once()
    assert stores.promoted == [7]
