"""Random histories of one line over a real Redis: writers that sleep, die and overtake each other, a Redis that is
emptied, replaced or forgets, a clock that jumps, and rebuilders that read page by page meanwhile.

What must hold for whoever reads (design section 4, points 6 and 7):
- a line that is believed is the line as it was at the version it is shown with;
- with no change under way, that version is the latest one, so that a 304 is right;
- a change whose writer was told that it is done is in every line that is believed from then on;
- a date that was sent never names two states of the line.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import redis

from enrollment.adapters.waitlist_cache import Keys, WaitlistCache
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.conditional import Validators
from enrollment.domain.errors import VersionConflict
from enrollment.domain.record import Record, State
from enrollment.domain.waitlist import Reading, WaitlistChange
from enrollment.service.waitlist_rebuilder import WaitlistRebuilder
from tests.support.own_redis import own_redis_url

pytestmark = pytest.mark.single  # its database becomes what another server knew

CLASS_ID = 7
CLOCK = "test:clock"
REPLID = "test:replid"
STAMPED_WITHIN_S = 10  # of stamp.lua
# Put before each script: the clock and the replication id are ours.
OURS = """
local redis = {
  call = function(name, ...)
    if name == 'TIME' then return {redis.call('GET', 'test:clock'), '0'} end
    if name == 'INFO' then return 'master_replid:' .. redis.call('GET', 'test:replid') end
    return redis.call(name, ...)
  end,
  pcall = redis.pcall,
}
"""


@pytest.fixture(scope="module")
def client() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(own_redis_url(), decode_responses=True)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


class CacheWithOurClock(WaitlistCache):
    def __init__(self, client: redis.Redis) -> None:
        super().__init__(client)
        for name in ("_mark", "_open", "_commit", "_adopt", "_rebuild", "_position"):
            script = getattr(self, name)
            setattr(self, name, client.register_script(OURS + script.script))


def section() -> ClassSection:
    return ClassSection(CLASS_ID, "C", 1, "N", "D", 5, 1, 99, 1, 0, ClassStatus.ACTIVE, 1, 1000)


@dataclass
class Writer:
    """One change from its decision to its reply, step by step."""

    history: "History"
    token: str
    decided_on: ClassSection
    student_id: int
    joins: bool
    step: int = 0
    after: ClassSection | None = None
    done: bool = False
    clock_s: int = 0

    def go_on(self) -> None:
        (self._mark, self._save, self._show)[self.step]()
        self.step += 1

    def _mark(self) -> None:
        after = self.decided_on.line_version + 1
        self.clock_s = self.history.cache.mark_pending(CLASS_ID, self.token, after)

    def _save(self) -> None:
        try:
            self.after = self.history.save(self.decided_on, self.student_id, self.joins, self.clock_s)
        except VersionConflict:
            self.history.cache.abort(CLASS_ID, self.token)
            self.done = True

    def _show(self) -> None:
        assert self.after is not None
        record = [Record(self.student_id, State.WAITLISTED, 1, self.after.line_version, 5)] if self.joins else []
        gone = [] if self.joins else [self.student_id]
        whole = not self.decided_on.current_waitlist or not self.after.current_waitlist
        before, after = self.decided_on.line_version, self.after.line_version
        clock_s = self.decided_on.line_clock_s
        self.history.cache.commit(WaitlistChange(CLASS_ID, self.token, before, after, record, gone, whole, clock_s))
        self.history.told = max(self.history.told, after)
        self.done = True


@dataclass
class History:
    """DynamoDB as the rebuilder and the writers see it, and all that was ever true."""

    client: redis.Redis
    dice: random.Random
    fenced: bool = True
    now: int = 1_000_000
    section: ClassSection = field(default_factory=section)
    line: dict[int, int] = field(default_factory=dict)  # student → sequence number
    lines: dict[int, list[int]] = field(default_factory=lambda: {1000: []})  # version → line
    told: int = 1000
    writers: list[Writer] = field(default_factory=list)
    sent: list[tuple[int, int]] = field(default_factory=list)  # Last-Modified, version
    replica: dict[str, bytes] = field(default_factory=dict)  # the keys as they were when they were last copied
    tokens: int = 0

    def __post_init__(self) -> None:
        self.client.flushdb()
        self.cache = CacheWithOurClock(self.client)
        store: Any = self
        self.rebuilder = WaitlistRebuilder(store, self.cache)
        self.client.set(CLOCK, self.now)
        self.client.set(REPLID, "aaa")

    # --- the store

    def save(self, decided_on: ClassSection, student_id: int, joins: bool, clock_s: int) -> ClassSection:
        if decided_on.version != self.section.version:
            raise VersionConflict
        version = self.section.line_version + 1
        if joins:
            self.line[student_id] = version
        else:
            del self.line[student_id]
        self.section = replace(
            self.section,
            version=self.section.version + 1,
            line_version=version,
            current_waitlist=len(self.line),
            line_clock_s=max(self.section.line_clock_s or 0, clock_s),
        )
        self.lines[version] = sorted(self.line, key=lambda student: self.line[student])
        return replace(self.section)

    def fence(self, _: int) -> ClassSection:
        if self.fenced:
            self.section = replace(self.section, version=self.section.version + 1)
        return replace(self.section)

    def require_section(self, _: int) -> ClassSection:
        return replace(self.section)

    def students(self, _: int, state: State, *, all_in_turn: bool = False) -> Iterator[Record]:
        """In pages of two, each as it is at its moment, and something happens in between."""
        assert state is State.WAITLISTED
        sequence_number = 0
        while page := sorted((p, s) for s, p in self.line.items() if p > sequence_number)[:2]:
            for sequence_number, student_id in page:
                yield Record(student_id, State.WAITLISTED, 1, sequence_number, 5)
            for _ in range(self.dice.randint(0, 3)):
                self.happen(rebuilding=True)

    # --- what happens

    def happen(self, rebuilding: bool = False) -> None:
        match self.dice.choices(
            ("begin", "go on", "die", "flush", "replace", "copy", "promote", "clock", "read"),
            (4, 12, 1, 0.4, 0.3, 3, 0.4, 2, 6),
        )[0]:
            case "begin":
                self.begin()
            case "go on" if self.writers:
                writer = self.dice.choice(self.writers)
                writer.go_on()
                self.writers = [each for each in self.writers if not each.done]
            case "die" if self.writers:
                self.writers.remove(self.dice.choice(self.writers))
            case "flush":
                kept = self.client.mget(CLOCK, REPLID)
                self.client.flushdb()
                self.client.mset({CLOCK: str(kept[0]), REPLID: str(kept[1])})  # type: ignore[index]
                self.forget_late_stamps()
            case "replace":
                self.client.set(REPLID, f"{self.dice.getrandbits(64):x}")
            case "copy":
                self.replica = {key: self.client.dump(key) for key in self.client.scan_iter("*last-modified*")}
            case "promote":
                self.promote()
            case "clock":
                self.now += self.dice.choice([1, 1, 1, 2, 5, 100, -1, -3, -50])
                self.client.set(CLOCK, self.now)
            case "read":
                self.read(rebuild=not rebuilding)

    def promote(self) -> None:
        """The replica takes over, and knows what it had copied."""
        self.client.flushdb()
        for key, dump in self.replica.items():
            self.client.restore(key, 0, dump)
        self.client.mset({CLOCK: self.now, REPLID: f"{self.dice.getrandbits(64):x}"})
        self.forget_late_stamps()

    def forget_late_stamps(self) -> None:
        """Of changes that were shown so long after they were marked that nobody knows their stamps any more."""
        latest = max(self.now, self.section.line_clock_s or 0) + STAMPED_WITHIN_S
        self.sent = [(date, version) for date, version in self.sent if date <= latest]

    def begin(self) -> None:
        busy = {writer.student_id for writer in self.writers}
        students = [student for student in range(1, 12) if student not in busy]
        if students:
            student_id = self.dice.choice(students)
            self.tokens += 1
            joins = student_id not in self.line
            self.writers.append(Writer(self, f"t{self.tokens}", replace(self.section), student_id, joins))

    def read(self, rebuild: bool) -> None:
        [reading] = self.cache.readings([CLASS_ID])
        if not reading.is_fresh and not reading.is_catching_up and rebuild:
            self.rebuilder.rebuild(CLASS_ID)
            [reading] = self.cache.readings([CLASS_ID])
        if reading.is_fresh:
            self.check(reading)

    def check(self, reading: Reading) -> None:
        version = reading.version or 0
        assert self.cache.show(CLASS_ID) == self.lines[version]
        assert version >= self.told, "a change whose writer was told that it is done is not shown"
        validators = Validators(4, version, reading.stamp_s, reading.now_s)
        if reading.no_pending_writes:
            assert version == self.section.line_version, "a 304 for this version would be stale"
            for date, of_version in self.sent:
                if validators.stamp_s <= date <= reading.now_s:
                    assert of_version == version, "a date names two states of the line"
        self.sent.append((min(reading.stamp_s, reading.now_s), version))


@pytest.mark.parametrize("seed", range(60))
def test_no_history_shows_a_line_that_never_was_or_is_no_more(client: redis.Redis, seed: int) -> None:
    history = History(client, random.Random(seed))
    for _ in range(250):
        history.happen()


def test_without_the_fence_the_histories_find_what_is_wrong(client: redis.Redis) -> None:
    def all_histories() -> None:
        for seed in range(60):
            history = History(client, random.Random(seed), fenced=False)
            for _ in range(250):
                history.happen()

    with pytest.raises(AssertionError, match="stale"):
        all_histories()


def test_all_keys_of_a_rebuilding_share_the_slot_of_the_line() -> None:
    assert all("{last-modified:7}" in key for key in Keys(7).read("token"))
