"""GET /list kept ready: what this process commits is in it at once, what others commit soon."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from enrollment.domain.roster import ClassSection, ClassStatus
from enrollment.service.listing import Listing

PLAIN = ClassSection(1, "CPSC 449", 1, "Web", "CS", 5, 2, 1, 0, 0, ClassStatus.ACTIVE, 1, 1000)


class Database:
    def __init__(self) -> None:
        self.classes = [PLAIN, replace(PLAIN, class_id=2)]
        self.readings = 0
        self.now = 0.0
        self.during: list[ClassSection] = []

    def pages(self) -> Iterator[list[ClassSection]]:
        self.readings += 1
        yield list(self.classes)
        for facts in self.during:
            self.listing.committed(facts)

    def make(self) -> Listing:
        self.listing = Listing(self.pages, self.render, max_age_s=1.0, clock=lambda: self.now)
        return self.listing

    @staticmethod
    def render(facts: ClassSection) -> dict[str, Any]:
        return {"id": facts.class_id, "seated": facts.current_enrollment}


@pytest.fixture
def database() -> Database:
    return Database()


def test_it_is_read_once_for_all_who_ask_within_its_age(database: Database) -> None:
    listing = database.make()
    assert listing.ready() is None
    for _ in range(3):
        assert listing.body() == b'{"Classes":[{"id":1,"seated":0},{"id":2,"seated":0}]}'
    assert database.readings == 1
    database.classes[0] = replace(PLAIN, current_enrollment=1, version=2)
    database.now += 1.1
    assert b'{"id":1,"seated":1}' in listing.body()
    assert database.readings == 2


def test_an_own_commit_is_in_it_at_once(database: Database) -> None:
    listing = database.make()
    listing.body()
    listing.committed(replace(PLAIN, current_enrollment=1, version=2))
    listing.committed(replace(PLAIN, class_id=3, version=1))
    assert listing.body() == b'{"Classes":[{"id":1,"seated":1},{"id":2,"seated":0},{"id":3,"seated":0}]}'
    assert database.readings == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"current_enrollment": 2, "current_waitlist": 1},
        {"standing": ClassStatus.INACTIVE},
        {"standing": ClassStatus.REMOVING},
    ],
)
def test_a_class_without_room_or_closed_is_not_listed(database: Database, changes: dict[str, Any]) -> None:
    listing = database.make()
    listing.body()
    listing.committed(replace(PLAIN, version=2, **changes))
    assert listing.body() == b'{"Classes":[{"id":2,"seated":0}]}'


def test_a_commit_during_a_reading_is_not_undone_by_it(database: Database) -> None:
    listing = database.make()
    database.during = [replace(PLAIN, current_enrollment=2, version=3)]
    assert b'{"id":1,"seated":2}' in listing.body()


def test_an_older_version_never_replaces_a_newer_one(database: Database) -> None:
    listing = database.make()
    listing.body()
    listing.committed(replace(PLAIN, current_enrollment=2, version=3))
    listing.committed(replace(PLAIN, current_enrollment=1, version=2))
    assert b'{"id":1,"seated":2}' in listing.body()


def test_a_class_that_others_removed_leaves_the_list(database: Database) -> None:
    listing = database.make()
    listing.body()
    del database.classes[0]
    database.now += 1.1
    assert listing.body() == b'{"Classes":[{"id":2,"seated":0}]}'
