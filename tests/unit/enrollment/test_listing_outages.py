"""GET /list while stores are slow or away: an older list, one reading for all who wait, and a refusal in time."""

import asyncio
import time
from dataclasses import replace

import pytest

from enrollment.domain.class_section import ClassSection
from enrollment.service import listing as module
from enrollment.service.listing import Listing
from kit.errors import Unavailable
from tests.support.waiting import until
from tests.unit.enrollment.list_stores import PLAIN, Stores, ids


def test_however_short_its_age_and_long_a_reading_it_answers(stores: Stores) -> None:
    """Issue 18, E1: a reading that took longer than the age was followed by another, without an end."""

    async def scene() -> None:
        listing = Listing(stores, stores, Stores.render, max_age_s=0.0)  # type: ignore[arg-type]
        assert await asyncio.wait_for(ids(listing), 5) == [1, 2]

    asyncio.run(scene())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.1)
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.2)


@pytest.mark.usefixtures("impatient")
def test_a_slow_store_gives_an_older_list_and_all_who_wait_share_one_reading(stores: Stores) -> None:
    async def scene() -> None:
        listing = stores.make()
        await ids(listing)
        stores.now += 1.1
        stores.gate.clear()
        began = time.monotonic()
        assert await asyncio.gather(*(ids(listing) for _ in range(100))) == [[1, 2]] * 100
        assert time.monotonic() - began < 3
        assert stores.followed == 2

    asyncio.run(scene())


def test_readiness_has_the_first_list_read_and_waits_for_it_once(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 10,000 classes the first who asked in the first two seconds was refused."""
    monkeypatch.setattr(module, "READINESS_WAIT_S", 0.05)
    listing = stores.make()
    stores.gate.clear()
    for _ in range(3):
        with pytest.raises(Unavailable):
            listing.require_first()
    assert stores.followed == 1
    stores.gate.set()
    until(lambda: is_ready(listing))
    assert asyncio.run(ids(listing)) == [1, 2]
    stores.feed_away = stores.database_away = True
    stores.now += 60
    assert asyncio.run(ids(listing)) == [1, 2]
    listing.require_first()  # an older list is enough


def test_readiness_says_why_there_is_no_list_and_asks_again(stores: Stores) -> None:
    listing = stores.make()
    stores.feed_away = stores.database_away = True
    with pytest.raises(Unavailable, match="no database"):
        listing.require_first()
    stores.database_away = False
    listing.require_first()


def is_ready(listing: Listing) -> bool:
    try:
        listing.require_first()
    except Unavailable:
        return False
    return True


@pytest.mark.usefixtures("impatient")
def test_while_there_is_no_list_yet_all_who_wait_are_refused_in_time(stores: Stores) -> None:
    async def scene() -> None:
        stores.gate.clear()
        listing = stores.make()
        began = time.monotonic()
        for refusal in await asyncio.gather(*(ids(listing) for _ in range(100)), return_exceptions=True):
            assert isinstance(refusal, Unavailable)
        assert time.monotonic() - began < 3
        assert stores.followed == 1

    asyncio.run(scene())


def test_without_the_feed_it_is_read_from_the_database_but_seldom(stores: Stores) -> None:
    async def scene() -> None:
        stores.feed_away = True
        listing = stores.make()
        assert await ids(listing) == [1, 2]
        readings = stores.read_alone
        for _ in range(5):
            stores.now += 1.1
            listing.committed(replace(PLAIN, version=int(stores.now) + 2))
            assert await ids(listing) == [1, 2]
        assert stores.read_alone == readings
        stores.now += module.READ_ALONE_EVERY_S
        stores.classes[4] = replace(PLAIN, class_id=4)
        assert await ids(listing) == [1, 2, 4]

    asyncio.run(scene())


def test_without_the_feed_many_classes_are_read_all_the_more_seldom(stores: Stores) -> None:
    async def scene() -> None:
        stores.feed_away = True
        stores.classes = {number: replace(PLAIN, class_id=number) for number in range(1, 5_001)}
        listing = stores.make()
        await ids(listing)
        readings = stores.read_alone
        stores.now += 49
        await ids(listing)
        assert stores.read_alone == readings
        stores.now += 2
        await ids(listing)
        assert stores.read_alone > readings

    asyncio.run(scene())


def test_without_any_store_a_failure_is_shared_and_not_repeated_for_each_who_asks(stores: Stores) -> None:
    async def scene() -> None:
        stores.feed_away = stores.database_away = True
        listing = stores.make()
        for _ in range(20):
            with pytest.raises(Unavailable):
                await ids(listing)
        assert stores.followed == 1
        stores.feed_away = False
        stores.now += module.RETRY_S
        assert await ids(listing) == [1, 2]

    asyncio.run(scene())


def test_a_class_in_doubt_is_told_of_as_soon_as_the_feed_is_back(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.05)
    stores.feed_away = True
    listing = stores.make()
    listing.in_doubt(7)
    time.sleep(0.1)
    assert stores.touched == set()
    stores.feed_away = False
    until(lambda: stores.touched == {7})
    listing.close()


def test_an_outage_of_the_feed_is_told_once(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was told after each try: once a second, for as long as Redis was away."""
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    monkeypatch.setattr(module, "PUBLISH_EVERY_S", 0.01)
    caplog.set_level("INFO", module.__name__)
    tries = 0

    def publish(_: list[ClassSection]) -> None:
        nonlocal tries
        tries += 1
        if tries <= 4:
            raise Unavailable("this feed")

    monkeypatch.setattr(stores, "publish", publish)
    listing = stores.make()
    listing.committed(PLAIN)
    until(lambda: "knows again" in caplog.text)
    listing.close()
    assert caplog.text.count("committed: this feed") == 1
