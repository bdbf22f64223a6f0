"""What the list of classes is made of, in memory: a feed and a database, which may be away or slow."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.service.class_list import Query
from enrollment.service.listing import Listing
from enrollment.service.ports import Changes, Cursor
from kit.errors import Unavailable

PLAIN = ClassSection(1, "CPSC 449", 1, "Web", "CS", 5, 2, 1, 0, 0, ClassStatus.ACTIVE, 1, 1000)


class Stores:
    """A feed and a database, which may be away or slow; `now` is the listing's clock."""

    def __init__(self) -> None:
        self.classes = {1: PLAIN, 2: replace(PLAIN, class_id=2)}
        self.followed = self.read_alone = 0
        self.touched: set[int] = set()
        self.now = 0.0
        self.feed_away = self.database_away = False
        self.gate = threading.Event()
        self.gate.set()

    # --- the feed

    def publish(self, sections: list[ClassSection]) -> None:
        if self.feed_away:
            raise Unavailable("no feed")
        self.classes.update({section.class_id: section for section in sections})

    def touch(self, class_ids: set[int]) -> None:
        if self.feed_away:
            raise Unavailable("no feed")
        self.touched |= class_ids

    def changes(self, _: Cursor) -> Changes:
        self.followed += 1
        self.gate.wait(10)
        if self.feed_away:
            raise Unavailable("no feed")
        return Changes(Cursor("one", 1), read_age_s=0, whole=True, sections=list(self.classes.values()))

    # --- the database

    def read(self, status: ClassStatus) -> Iterator[list[ClassSection]]:
        self.read_alone += 1
        if self.database_away:
            raise Unavailable("no database")
        yield [section for section in self.classes.values() if section.status is status]

    # --- what is looked at

    def make(self, max_age_s: float = 1.0) -> Listing:
        anything: Any = self
        return Listing(anything, anything, self.render, max_age_s, clock=lambda: self.now)

    @staticmethod
    def render(section: ClassSection) -> dict[str, Any]:
        return {"id": section.class_id, "seated": section.current_enrollment}


async def ids(listing: Listing, query: Query = Query()) -> list[int]:  # noqa: B008 - a frozen value
    page = await listing.page(query)
    return [each["id"] for each in json.loads(page.body)["Classes"]]
