"""Histories in few words: seconds are whole numbers, the class is 7, and a request takes a tenth of a second."""

from collections import Counter
from typing import Any

from verify.history import Answer, Asked, Delivery, Fault, History, Kind, Said, Snapshot, Validator
from verify.verdict import judge

CLASS = 7
LASTS_S = 0.1


def said(at: float, student: int, asked: Asked, said: Said, **more: Any) -> Answer:
    settled = {"settled_s": at + 3} if said in (Said.UNAVAILABLE, Said.NO_REPLY) else {}
    return Answer(student, CLASS, asked, said, began_s=at, ended_s=at + LASTS_S, **(settled | more))


def enroll(at: float, student: int, reply: Said, **more: Any) -> Answer:
    return said(at, student, Asked.ENROLL, reply, **more)


def drop(at: float, student: int, reply: Said = Said.DROPPED, **more: Any) -> Answer:
    return said(at, student, Asked.DROP, reply, **more)


def leave(at: float, student: int, reply: Said = Said.LEFT, **more: Any) -> Answer:
    return said(at, student, Asked.LEAVE, reply, **more)


def position(at: float, student: int, reply: Said = Said.POSITION, **more: Any) -> Answer:
    return said(at, student, Asked.POSITION, reply, **more)


def not_modified(at: float, student: int, *, version: int, obtained_s: float) -> Answer:
    had = Validator(version, obtained_s, "If-None-Match")
    return position(at, student, Said.NOT_MODIFIED, validator=had, version=version)


def look(at: float, seated: tuple[int, ...] = (), line: tuple[int, ...] = (), **more: Any) -> Snapshot:
    """A student in line has the place 100 + id, unless `line` comes as (place, student)."""
    placed = tuple(one if isinstance(one, tuple) else (100 + one, one) for one in line)
    facts: dict[str, Any] = {
        "capacity": 2,
        "places": 3,
        "current_enrollment": len(seated),
        "current_waitlist": len(line),
        "line_version": 100,
    }
    return Snapshot(
        CLASS, began_s=at, ended_s=at + LASTS_S / 2, seated=frozenset(seated), line=placed, **(facts | more)
    )


def killed(at: float, process: str, recovered_s: float | None = None) -> Fault:
    return Fault(process, at, at + 2 if recovered_s is None else recovered_s)


def stopped(at: float, process: str, recovered_s: float | None = None) -> Fault:
    return Fault(process, at, at + 2 if recovered_s is None else recovered_s, Kind.STOP)


def arrived(at: float, student: int, event_id: str = "e1", channel: str = "webhook") -> Delivery:
    return Delivery(channel, event_id, student, CLASS, at)


def history(*happened: Answer | Snapshot | Fault | Delivery, subscribed: dict[int, set[str]] | None = None) -> History:
    made = History(class_ids=[CLASS])
    made.subscriptions = {(student, CLASS): frozenset(channels) for student, channels in (subscribed or {}).items()}
    lists: dict[type, list[Any]] = {
        Answer: made.answers,
        Snapshot: made.snapshots,
        Fault: made.faults,
        Delivery: made.deliveries,
    }
    for one in happened:
        lists[type(one)].append(one)
    return made


def columns_of(*happened: Any, **more: Any) -> dict[str, int]:
    """The columns that are not zero."""
    return dict(Counter(violation.column for violation in judge(history(*happened, **more)).violations))


# Students 1 and 2 sit, 3 came before 4 and both wait, told and seen.
FULL_CLASS = (
    enroll(1, 1, Said.SEATED_NEW),
    enroll(2, 2, Said.SEATED_NEW),
    enroll(3, 3, Said.JOINED),
    enroll(4, 4, Said.JOINED),
    look(5, (1, 2), (3, 4)),
)
