"""The list of classes, kept ready: what this process commits is in it at once, what others commit within `max_age_s`.

Every instance follows the feed (enrollment.adapters.class_feed). One at a time reads all classes from the database, so
the cost of that does not grow with the number of instances. While the feed is away each reads for itself, seldom: every
ten seconds, or a hundred classes a second. Who asks never waits for a store longer than a moment: there is an older
list, or a refusal while there is none yet (and until then the process is not ready).
Nothing is decided from here.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.service.class_list import ClassList, KnownClasses, Page, Query, Render
from enrollment.service.ports import Classes, Cursor, Feed
from kit.concurrency import threads
from kit.errors import AppError, Unavailable

log = logging.getLogger(__name__)

READ_EVERY_S = 30  # all classes, from the database
READING_LEASE_S = 30.0
RETRY_S = 1.0  # after a failure
READ_ALONE_EVERY_S = 10.0  # while the feed is away, and
READ_ALONE_A_SECOND = 100  # classes: by each instance, since nobody can hand the others what it read
WAIT_S = 0.5  # for a newer list, when there is an older one
FIRST_WAIT_S = 2.0  # for the first one; a request has 2.5 (REPLY_WITHIN_S)
READINESS_WAIT_S = 0.5  # for the first one; all of readiness has 2
PUBLISH_EVERY_S = 0.05  # what is committed in between goes together
LISTED = (ClassStatus.ACTIVE, ClassStatus.INACTIVE)


class Listing:
    """`committed`, `require_first` and `close` may be called by any thread, the coroutines in one event loop."""

    def __init__(
        self,
        feed: Feed,
        classes: Classes,
        render: Render,
        max_age_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._feed = feed
        self._classes = classes
        self._render = render
        self._max_age_s = max_age_s
        self._clock = clock
        self._known = KnownClasses()
        self._list = ClassList(-1, (), render)
        self._publisher = _Publisher(feed)
        self._cursor = Cursor()
        self._is_complete = False
        self._due_at = self._read_alone_at = float("-inf")
        self._error: Unavailable | None = None
        self._reading_all = threading.Lock()
        # Threads of its own: what waits for a store here takes no request's thread.
        # bounded: by `_shared`, which gives each one job at a time, and by the requests under way.
        self._refresher = ThreadPoolExecutor(1, thread_name_prefix="list-refresh")
        self._renderer = ThreadPoolExecutor(1, thread_name_prefix="list-render")  # bounded: as above
        self._refreshing: asyncio.Future[None] | None = None
        self._rendering: asyncio.Future[None] | None = None
        self._first: Future[None] | None = None

    def committed(self, section: ClassSection) -> None:
        """This process has just committed it."""
        self._publisher.add(section)
        self._known.put([section])

    def require_first(self) -> None:
        """For readiness: raises Unavailable until there has been a list, and has it read meanwhile.

        One thread at a time calls it."""
        if self._is_complete:
            return
        if self._first is None or self._first.done():
            self._first = self._refresher.submit(self._refresh)
        wait([self._first], READINESS_WAIT_S)
        if not self._is_complete:
            raise self._error or Unavailable("The classes are being read")

    def sections(self, class_ids: Collection[int]) -> list[ClassSection]:
        """Those of these classes that this process knows, as it knows them."""
        return self._known.sections(class_ids)

    def in_doubt(self, class_id: int) -> None:
        """Whether this process has committed a change of it, nobody knows."""
        self._publisher.add_doubt(class_id)

    def close(self) -> None:
        """Let the others know what this process has committed, if that takes no longer than a moment."""
        self._publisher.close()

    async def page(self, query: Query, *, packed: bool = False) -> Page:
        """The page that the query finds; `packed`: with its gzipped body made. Raises Unavailable while there is no
        list yet.
        """
        is_due = self._clock() >= self._due_at
        if self._error and not (is_due or self._is_complete):
            raise self._error
        if is_due or not self._is_complete:
            await self._refreshed()
        generation = self._known.generation
        while self._list.generation < generation:
            await self._shared("_rendering", self._renderer, self._render_list)
        page = self._list.kept(query)
        if page is None or (packed and "gzipped" not in vars(page)):
            make = self._list.page
            loop = asyncio.get_running_loop()
            page = await loop.run_in_executor(self._renderer, lambda: make(query).prepare(packed=packed))
        return page

    async def _refreshed(self) -> None:
        give_up_at = time.monotonic() + (WAIT_S if self._is_complete else FIRST_WAIT_S)
        while True:
            left_s = max(0.0, give_up_at - time.monotonic())
            try:
                await asyncio.wait_for(self._shared("_refreshing", self._refresher, self._refresh), left_s)
            except TimeoutError:
                log.info("the list of classes is older than %s s: a store is slow", self._max_age_s)
                self._due_at = self._clock() + RETRY_S
            if self._is_complete:
                return
            if self._error:
                raise self._error
            if left_s == 0:
                raise Unavailable("The classes are being read; ask again in a moment")
            await asyncio.sleep(0.05)

    async def _shared(self, name: str, executor: ThreadPoolExecutor, work: Callable[[], None]) -> None:
        """Take part in what is under way, or begin it."""
        future: asyncio.Future[None] | None = getattr(self, name)
        if future is None or future.done():
            future = asyncio.get_running_loop().run_in_executor(executor, work)
            setattr(self, name, future)
        await asyncio.shield(future)

    def _render_list(self) -> None:
        self._list = self._known.listed(self._render)

    def _refresh(self) -> None:
        """Follow the feed. Raises nothing: whoever waited looks at what there is."""
        began = self._clock()
        try:
            self._follow()
        except Unavailable as error:
            log.info("the list of classes stays as it is: %s", error)
            self._error, self._due_at = error, self._clock() + RETRY_S
        else:
            self._error, self._due_at = None, began + self._max_age_s

    def _follow(self) -> None:
        self._publisher.remember_from_here()
        try:
            changes = self._feed.changes(self._cursor)
            if changes.read_age_s is None or changes.read_age_s > READ_EVERY_S:
                self._read_for_all()
        except Unavailable:
            self._read_alone()
            return
        if changes.read_age_s is None:
            return
        if changes.whole:
            self._known.replace(changes.sections, self._publisher.remembered)
        else:
            self._known.put(changes.sections)
        self._cursor, self._is_complete = changes.cursor, True

    def _read_alone(self) -> None:
        """From the database, while there is no feed: seldom, for each instance does it. Raises Unavailable."""
        if self._clock() < self._read_alone_at:
            return
        found = [section for status in LISTED for page in self._classes.read(status) for section in page]
        self._known.replace(found, self._publisher.remembered)
        self._is_complete = True
        self._read_alone_at = self._clock() + max(READ_ALONE_EVERY_S, len(found) / READ_ALONE_A_SECOND)

    def _read_for_all(self) -> None:
        """Begin to read all classes from the database, unless somebody does."""
        if self._reading_all.locked() or not self._feed.begin_reading(READING_LEASE_S):
            return
        threads.run_once("list-read-all", self._read_all)

    def _read_all(self) -> None:
        with self._reading_all:
            try:
                read_all(self._feed, self._classes)
            except AppError as error:  # the next begins when the lease is over
                log.warning("the classes could not be read for the list: %s", error)


def read_all(feed: Feed, classes: Classes) -> None:
    """Bring all classes from the database into the feed. Raises Unavailable."""
    try:
        there: set[int] = set()
        for status in LISTED:
            for page in classes.read(status):
                feed.publish(page)
                there.update(section.class_id for section in page)
        missing = sorted(feed.class_ids() - there)
        gone: list[int] = []
        for start in range(0, len(missing), 100):  # new ones that the index does not show yet, or removed ones
            some = missing[start : start + 100]
            found = classes.as_they_are(some)
            feed.publish(found)
            gone += sorted(set(some) - {section.class_id for section in found if section.status in LISTED})
        feed.end_reading(gone)
    except Unavailable:
        feed.put_off_reading(RETRY_S)
        raise


class _Publisher:
    """A thread that tells the feed what this process commits, soon and in few round trips."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._lock = threading.Lock()
        self._unpublished: dict[int, ClassSection] = {}  # by id, so never more than there are classes
        self._recent: dict[int, ClassSection] = {}  # published or not
        self._in_doubt: set[int] = set()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def add(self, section: ClassSection) -> None:
        with self._lock:
            for kept in (self._unpublished, self._recent):
                known = kept.get(section.class_id)
                if known is None or section.is_newer_than(known):
                    kept[section.class_id] = section
        self._publish_soon()

    def add_doubt(self, class_id: int) -> None:
        with self._lock:
            self._in_doubt.add(class_id)
        self._publish_soon()

    def _publish_soon(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threads.keep_running("list-publish", self._run)
        self._wake.set()

    def remember_from_here(self) -> None:
        with self._lock:
            self._recent = dict(self._unpublished)

    def remembered(self) -> list[ClassSection]:
        """The changes that a reading may lack that began at `remember_from_here`."""
        with self._lock:
            return list(self._recent.values())

    def close(self) -> None:
        self._closing = True
        self._wake.set()
        if self._thread:
            self._thread.join(1.0)

    def _run(self) -> None:
        is_away = False  # an outage is logged once
        while not (self._closing and not self._unpublished):
            self._wake.wait()  # bounded: nobody waits for it, and `close` wakes it
            if not self._closing:
                time.sleep(PUBLISH_EVERY_S)
            self._wake.clear()
            try:
                self._publish()
            except AppError as error:
                if not is_away:
                    log.warning("the list of classes learns later of what is committed: %s", error)
                is_away = True
            except Exception:  # must go on
                log.exception("the list of classes was not told of what was committed")
            else:
                if is_away:
                    log.info("the list of classes knows again of what was committed")
                is_away = False
                continue
            if self._closing:
                return
            time.sleep(RETRY_S)
            self._wake.set()

    def _publish(self) -> None:
        with self._lock:
            sections, in_doubt = list(self._unpublished.values()), set(self._in_doubt)
        self._feed.publish(sections)
        self._feed.touch(in_doubt)
        with self._lock:
            self._in_doubt -= in_doubt
            for section in sections:
                if self._unpublished.get(section.class_id) is section:
                    del self._unpublished[section.class_id]
