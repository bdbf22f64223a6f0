"""GET /list kept ready: what this process commits is in it at once, what others commit soon."""

import asyncio
import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.service.class_list import Query
from enrollment.service.listing import Listing
from tests.unit.enrollment.list_stores import PLAIN, Stores, ids


async def seated(listing: Listing, class_id: int) -> int:
    page = await listing.page(Query())
    [found] = [each["seated"] for each in json.loads(page.body)["Classes"] if each["id"] == class_id]
    return int(found)


def test_it_is_followed_once_for_all_who_ask_within_its_age(stores: Stores) -> None:
    async def scene() -> None:
        listing = stores.make()
        for _ in range(3):
            assert (await listing.page(Query())).body == b'{"Classes":[{"id":1,"seated":0},{"id":2,"seated":0}]}'
        assert stores.followed == 1
        stores.classes[1] = replace(PLAIN, current_enrollment=1, version=2)
        stores.now += 1.1
        assert await seated(listing, 1) == 1
        assert stores.followed == 2

    asyncio.run(scene())


def test_an_own_commit_is_in_it_at_once(stores: Stores) -> None:
    async def scene() -> None:
        listing = stores.make()
        await ids(listing)
        listing.committed(replace(PLAIN, current_enrollment=1, version=2))
        listing.committed(replace(PLAIN, class_id=3))
        assert await ids(listing) == [1, 2, 3]
        assert await seated(listing, 1) == 1

    asyncio.run(scene())


@pytest.mark.parametrize(
    "changes",
    [
        {"current_enrollment": 2, "current_waitlist": 1},
        {"status": ClassStatus.INACTIVE},
        {"status": ClassStatus.REMOVING},
    ],
)
def test_a_class_without_room_or_closed_is_not_listed(stores: Stores, changes: dict[str, Any]) -> None:
    async def scene() -> None:
        listing = stores.make()
        await ids(listing)
        listing.committed(replace(PLAIN, version=2, **changes))
        assert await ids(listing) == [2]

    asyncio.run(scene())


def test_full_classes_are_shown_to_who_asks_for_them(stores: Stores) -> None:
    stores.classes[1] = replace(PLAIN, current_enrollment=2, current_waitlist=1)
    assert asyncio.run(ids(stores.make(), Query(full=True))) == [1, 2]


def test_a_commit_during_a_reading_is_not_undone_by_it(stores: Stores) -> None:
    async def scene() -> None:
        listing = stores.make()
        await ids(listing)
        stores.now += 1.1
        stores.gate.clear()
        asking = asyncio.create_task(ids(listing))
        await asyncio.sleep(0.02)
        before = dict(stores.classes)
        listing.committed(replace(PLAIN, current_enrollment=2, version=3))
        listing.committed(replace(PLAIN, class_id=3))
        await asyncio.sleep(0.1)  # published, but the reading began before
        stores.classes = before
        stores.gate.set()
        assert await asking == [1, 2, 3]
        assert await seated(listing, 1) == 2

    asyncio.run(scene())


def test_a_class_that_others_removed_leaves_the_list(stores: Stores) -> None:
    async def scene() -> None:
        listing = stores.make()
        await ids(listing)
        del stores.classes[1]
        stores.now += 1.1
        assert await ids(listing) == [2]

    asyncio.run(scene())


def test_the_list_is_made_outside_the_event_loop_s_thread(stores: Stores) -> None:
    """Issue 18, E15: it was rendered in the loop, 107 ms for 10,000 classes, under a lock that the loop took."""
    threads: set[str] = set()

    def render(section: ClassSection) -> dict[str, Any]:
        threads.add(threading.current_thread().name)
        return Stores.render(section)

    async def scene() -> None:
        listing = Listing(stores, stores, render, max_age_s=1.0)  # type: ignore[arg-type]
        await ids(listing)
        listing.committed(replace(PLAIN, current_enrollment=1, version=2))
        await ids(listing)
        await ids(listing, Query(course="cpsc", limit=1))

    asyncio.run(scene())
    assert threads
    assert all(name.startswith("list-render") for name in threads)


def test_pages_follow_each_other_and_a_search_ignores_case_and_white_space(stores: Stores) -> None:
    names = [("CPSC 449", "Web", "Computer Science"), ("MATH 150", "Webs of curves", "Mathematics")]
    stores.classes = {
        n: replace(
            PLAIN, class_id=n, course_code=names[n % 2][0], class_name=names[n % 2][1], department=names[n % 2][2]
        )
        for n in range(1, 11)
    }

    async def scene() -> None:
        listing = stores.make()
        assert await ids(listing, Query(limit=4)) == [1, 2, 3, 4]
        assert (await listing.page(Query(limit=4))).next_after == 4
        assert await ids(listing, Query(limit=4, after=8)) == [9, 10]
        assert (await listing.page(Query(limit=2, after=8))).next_after is None
        assert await ids(listing, Query(course="cpsc  449")) == [2, 4, 6, 8, 10]
        assert await ids(listing, Query(course="WEB", limit=3)) == [1, 2, 3]
        assert await ids(listing, Query(department="math", limit=2, after=1)) == [3, 5]
        assert (await listing.page(Query(department="math", limit=2, after=7))).next_after is None
        assert await ids(listing, Query(course="web", department="history")) == []

    asyncio.run(scene())


def test_its_tag_is_of_its_content_alone(stores: Stores) -> None:
    async def scene() -> None:
        one, other = stores.make(), Stores().make()
        tag = (await one.page(Query())).etag
        assert (await other.page(Query(limit=2))).etag == tag
        one.committed(replace(PLAIN, current_enrollment=1, version=2))
        assert (await one.page(Query())).etag != tag

    asyncio.run(scene())


def test_staff_find_classes_of_any_status_by_words_instructor_and_line(stores: Stores) -> None:
    full = {"max_capacity": 1, "current_enrollment": 1, "waitlist_maximum": 3, "current_waitlist": 3}
    stores.classes = {
        1: PLAIN,
        2: replace(PLAIN, class_id=2, class_name="Compilers", instructor_id=6),
        3: replace(PLAIN, class_id=3, department="Web Arts", status=ClassStatus.INACTIVE),
        4: replace(PLAIN, class_id=4, department="Mathematics", **full),
        5: replace(PLAIN, class_id=5, status=ClassStatus.REMOVING),
    }

    async def of(**asked: Any) -> list[int]:
        return await ids(listing, Query(**{"full": True, "status": None, "for_staff": True, **asked}))

    async def told() -> None:
        assert await of() == [1, 2, 3, 4]
        assert await of(words="WEB  arts") == [3]
        assert await of(words="comp cs") == [2]
        assert await of(instructor_id=6) == [2]
        assert await of(status=ClassStatus.INACTIVE) == [3]
        assert await of(waiting=3) == [4]
        page = await listing.page(Query(2, full=True, status=None, for_staff=True))
        body = json.loads(page.body)
        assert (body["next_after"], body["Classes"][1]["State"]) == (2, "active")
        assert await of(after=2, limit=2) == [3, 4]
        assert await ids(listing) == [1, 2], "students see neither the closed nor the full ones"

    listing = stores.make()
    asyncio.run(told())
