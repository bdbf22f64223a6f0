"""The waitlists in Redis, for fast answers. DynamoDB holds the truth; everything here can be rebuilt from it.

Keys of class 4 (all in one cluster slot, that of the text `last-modified:4`):

    last-modified:4                       string  HTTP-date of the last change, as the founding document shows it
    waitlist:{last-modified:4}            zset    student id → sequence number
    waitlist-since:{last-modified:4}      hash    student id → Unix seconds since when the student waits; then
                                                  " paused" or " offered <Unix seconds>": until when a seat is held
    waitlist-head:{last-modified:4}       hash    version: the line's version; stamp: the date in Unix seconds; clock:
                                                  see stamp.lua; replid: the server's replication id when it was last
                                                  known to be right; exact_from: see rebuild.lua
    waitlist-pending:{last-modified:4}    hash    token → "<version after> <Unix seconds>": changes under way
    waitlist-deltas:{last-modified:4}     hash    version before → a committed change that came before its predecessor

A change is marked here before it is committed and applied after. A reader that finds a mark gets no 304. An old mark, a
version that is unknown or missing, or a server that was promoted or started anew mean that the line is not believed
until it is compared with DynamoDB (enrollment.service.waitlist_rebuilder): so a lost, emptied or replaced Redis, or a
process killed or paused between the two stores, is noticed by the next reader. The clock is Redis's own, the same for
every instance. What it was when a change was marked, or the stamp before that if it was later, is written with the
class, as `LineClock`: a server that does not know the last stamp begins after it (stamp.lua).
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from typing import Any

import redis

from enrollment.domain.class_section import ClassSection
from enrollment.domain.record import Record
from enrollment.domain.waitlist import (
    Comparison,
    Freshness,
    Reading,
    ServerReplaced,
    Shown,
    StudentReading,
    WaitlistChange,
)
from kit.errors import Unavailable
from kit.stores.redis_client import in_our_words, translated

CHUNK = 1_000  # students written at a time: a few milliseconds of Redis's time
READ_EXPIRES_S = 60  # what a process that died was about to show
REPLICATED_WITHIN_MS = 500
NOTE_EXPIRES_S = 120  # longer than any rebuilding


def script(*names: str) -> str:
    return "".join((files("enrollment.adapters") / "lua" / f"{name}.lua").read_text() for name in names)


@dataclass(frozen=True)
class Keys:
    class_id: int

    @property
    def stamp_text(self) -> str:
        return f"last-modified:{self.class_id}"

    def _beside(self, name: str) -> str:
        return f"{name}:{{{self.stamp_text}}}"

    @property
    def line(self) -> str:
        return self._beside("waitlist")

    @property
    def since(self) -> str:
        return self._beside("waitlist-since")

    @property
    def head(self) -> str:
        return self._beside("waitlist-head")

    @property
    def pending(self) -> str:
        return self._beside("waitlist-pending")

    @property
    def deltas(self) -> str:
        return self._beside("waitlist-deltas")

    @property
    def all(self) -> list[str]:
        return [self.line, self.since, self.stamp_text, self.head, self.pending, self.deltas]

    @property
    def of_position(self) -> list[str]:
        return [self.line, self.since, self.head, self.pending, self.deltas]

    @property
    def of_turn(self) -> list[str]:
        """See adapters.turn_queue."""
        return [self._beside("turn"), self._beside("turn-left")]

    def turn_call(self, token: str) -> str:
        return self._beside(f"turn-call-{token}")

    def note(self, token: str) -> str:
        """Where a comparison with DynamoDB notes on which server it began."""
        return self._beside(f"waitlist-note-{token}")

    def read(self, token: str) -> list[str]:
        """Where line and since are gathered before they are shown."""
        return [self._beside(f"waitlist-read-{token}"), self._beside(f"waitlist-since-read-{token}")]


class WaitlistCache:
    """Writers' and rebuilders' side; threads may share it. Everything raises Unavailable when Redis is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._mark = client.register_script(script("view", "mark"))
        self._open = client.register_script(script("view", "open"))
        self._commit = client.register_script(script("stamp", "view", "commit"))
        self._adopt = client.register_script(script("stamp", "view", "adopt"))
        self._rebuild = client.register_script(script("stamp", "view", "rebuild"))
        self._position = client.register_script(script("position"))

    def mark_pending(self, class_id: int, token: str, after: int) -> int:
        """Mark a change that is about to be committed; the line's clock. Raises Unavailable, and then nothing may be
        committed.

        Where there are replicas the mark is on one, too: a server without a replica that follows it may be one that was
        replaced and does not know it yet, whose marks nobody would see.
        """
        keys = [Keys(class_id).pending, Keys(class_id).head]
        args: list[str | int] = [token, after]
        with translated():
            keep_up, clock_s = self._mark(keys=keys, args=args)
            if not keep_up:
                return int(clock_s)
            # Once more, since WAIT waits for what its own connection wrote.
            pipeline = self._client.pipeline(transaction=False)
            self._mark(keys=keys, args=args, client=pipeline)
            pipeline.wait(1, REPLICATED_WITHIN_MS)
            [_, replicas] = pipeline.execute()
        if not replicas:
            self.abort(class_id, token)
            raise Unavailable("Redis has no replica that keeps up; ask again in a moment")
        return int(clock_s)

    def abort(self, class_id: int, token: str) -> None:
        """Take back the mark of a change that was certainly not committed."""
        with translated():
            self._client.hdel(Keys(class_id).pending, token)

    def commit(self, change: WaitlistChange) -> Shown:
        """Show a committed change, now or as soon as those before it are shown."""
        joined = _flattened(change.joined)
        whole = f"{int(change.whole)} {_clock(change.clock_s)}"
        args: list[str | int] = [change.token, change.before, change.after, whole, len(change.joined)]
        with translated():
            return Shown(int(self._commit(keys=Keys(change.class_id).all, args=[*args, *joined, *change.gone])))

    def open(self, class_id: int) -> Comparison:
        """Begin a comparison with DynamoDB."""
        note = uuid.uuid4().hex
        with translated():
            tokens: Any = self._open(keys=[Keys(class_id).pending, Keys(class_id).note(note)], args=[NOTE_EXPIRES_S])
        return Comparison(class_id, note, list(tokens))

    def adopt(self, comparison: Comparison, section: ClassSection) -> bool:
        """Believe the line that is shown, if it is at the section's version or later; False when it must be rebuilt.

        The changes marked when the comparison was opened must be unable to be committed after the section was read.
        Raises ServerReplaced.
        """
        keys = Keys(comparison.class_id)
        with translated():
            args = [section.line_version, section.current_waitlist, _clock(section.line_clock_s), *comparison.tokens]
            done = self._adopt(keys=[*keys.all, keys.note(comparison.note)], args=args)
        return _kept(done)

    def rebuild(self, comparison: Comparison, section: ClassSection, after: int, waiting: Iterable[Record]) -> bool:
        """Show the line as it was read from DynamoDB between the section's version and the one after; False if Redis
        knew a later one.

        Raises ServerReplaced.

        Written in chunks beside what is shown, then put in its place at one moment.
        """
        keys = Keys(comparison.class_id)
        read = keys.read(comparison.note)
        records = iter(waiting)
        with translated():
            while some := list(islice(records, CHUNK)):
                pipeline = self._client.pipeline(transaction=False)
                pipeline.zadd(read[0], {str(record.student_id): record.sequence_number for record in some})
                pipeline.hset(read[1], mapping={str(record.student_id): _since(record) for record in some})
                for key in read:
                    pipeline.expire(key, READ_EXPIRES_S)
                pipeline.execute()
            args: list[str | int] = [section.line_version, after, _clock(section.line_clock_s), *comparison.tokens]
            done = self._rebuild(keys=[*keys.all, keys.note(comparison.note), *read], args=args)
        return _kept(done)

    def readings(self, class_ids: list[int]) -> list[Reading | None]:
        """Each class's line as shown, in one round trip for each server; None where a class's own is away."""
        with translated():
            pipeline = self._client.pipeline(transaction=False)
            for class_id in class_ids:
                self._position(keys=Keys(class_id).of_position, client=pipeline)
            replies = pipeline.execute(raise_on_error=False)
        return [_reading_if_there(reply) for reply in replies]

    def show(self, class_id: int) -> list[int]:
        """The students in line as Redis has them, next first."""
        return [student_id for student_id, _ in self.with_sequence_numbers(class_id)]

    def with_sequence_numbers(self, class_id: int) -> list[tuple[int, int]]:
        """The students in line as Redis has them and their sequence numbers, next first."""
        with translated():
            found: Any = self._client.zrange(Keys(class_id).line, 0, -1, withscores=True)
        return [(int(student_id), int(sequence_number)) for student_id, sequence_number in found]

    def forget(self, class_id: int) -> None:
        """Leave nothing of a class that is no more."""
        with translated():
            self._client.delete(*Keys(class_id).all)

    def ping(self) -> None:
        with translated():
            self._client.ping()


def _kept(done: Any) -> bool:
    if int(done) < 0:
        raise ServerReplaced
    return bool(done)


def _clock(clock_s: int | None) -> int | str:
    return "" if clock_s is None else clock_s


def _flattened(records: list[Record]) -> list[int | str]:
    return [part for record in records for part in (record.student_id, record.sequence_number, _since(record))]


def _since(record: Record) -> int | str:
    if record.paused:
        return f"{record.since_s} paused"
    return f"{record.since_s} offered {record.offered_until_s}" if record.offered_until_s else record.since_s


def _reading_if_there(reply: Any) -> Reading | None:
    if not isinstance(reply, Exception):
        return reading_of(reply)
    error = in_our_words(reply)
    if isinstance(error, Unavailable):
        return None
    raise error


def reading_of(reply: list[Any]) -> Reading:
    version, stamp, now, length, mark_age, state = reply[:6]
    return Reading(
        version=int(version) if version is not None else None,
        stamp_s=int(stamp or now),
        now_s=now,
        length=length,
        mark_age_s=mark_age if mark_age >= 0 else None,
        freshness=Freshness(state),
    )


def student_reading_of(rank: int | None, since: str | None) -> StudentReading | None:
    if rank is None:
        return None
    since_s, _, more = (since or "0").partition(" ")
    if not more:  # nearly everybody
        return StudentReading(rank, int(since_s))
    offered_until_s = int(more.removeprefix("offered ")) if more != "paused" else 0
    return StudentReading(rank, int(since_s), more == "paused", offered_until_s)
