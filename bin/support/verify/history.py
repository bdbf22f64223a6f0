"""What was done, seen and delivered in one campaign: the material of the checks. No I/O."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

AIM_S = 3.0  # every reply of every route, whatever is away (design, section 4, rule 11)
BOUND_S = 10.0  # the gateway's patience: a later reply counts as wrong


class Membership(StrEnum):
    """What a student is to a class."""

    STRANGER = "no record"
    DROPPED = "dropped"
    WAITING = "in line"
    SEATED = "seated"


class Asked(StrEnum):
    ENROLL = "enroll"
    DROP = "drop"
    INSTRUCTOR_DROP = "instructor's drop"
    LEAVE = "leave"
    POSITION = "position"


class Said(StrEnum):
    """What a reply tells, whatever its wording."""

    SEATED_NEW = "seated, with a new record"
    SEATED_AGAIN = "seated, with the old record"
    JOINED = "added to the waitlist"
    DROPPED = "dropped"
    LEFT = "left the line"
    IS_STRANGER = "refused: no record"
    IS_DROPPED = "refused: already dropped"
    IS_WAITING = "refused: in line"
    IS_SEATED = "refused: seated"
    FULL = "refused: class and waitlist are full"
    CLOSED = "refused: the class is closed"
    POSITION = "a position"
    NOT_MODIFIED = "304"
    NOT_IN_LINE = "not in line"
    UNAVAILABLE = "503"
    NO_REPLY = "no reply"
    FAILED = "a failure (5xx other than 503)"
    STRANGE = "a reply that makes no sense"


# After these the request may have been carried out or not.
INDEFINITE = frozenset({Said.UNAVAILABLE, Said.NO_REPLY, Said.FAILED, Said.STRANGE})


@dataclass(frozen=True, slots=True)
class Validator:
    """What a position request said it had: the line's version, through its tag, its date or both."""

    version: int
    obtained_s: float
    by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One request and what came back. `settled_s`: when it can no longer have an effect that is not there yet."""

    student: int
    class_id: int
    asked: Asked
    said: Said
    began_s: float
    ended_s: float
    settled_s: float = 0.0
    promoted: bool = False
    seats_taken: int | None = None
    place: int | None = None
    length: int | None = None
    version: int | None = None
    validator: Validator | None = None
    text: str = ""

    @property
    def definite(self) -> bool:
        return self.said not in INDEFINITE

    @property
    def changes(self) -> bool:
        return self.asked is not Asked.POSITION

    def __str__(self) -> str:
        what = f"student {self.student}, class {self.class_id}: {self.asked} at {self.began_s:.2f} s → {self.said}"
        return f"{what} at {self.ended_s:.2f} s" + (f" ({self.text})" if self.text else "")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A class in DynamoDB as it was at one moment between the two times. `line` holds (place, student).

    `offered`: who is offered a seat, and until when. `skipped`: who pauses by the course's rule, and the class in which
    they have a seat.
    """

    class_id: int
    began_s: float
    ended_s: float
    capacity: int
    places: int
    current_enrollment: int
    current_waitlist: int
    line_version: int
    seated: frozenset[int]
    line: tuple[tuple[int, int], ...]
    dropped: frozenset[int] = frozenset()
    contradictory: tuple[int, ...] = ()
    paused: frozenset[int] = frozenset()
    offered: Mapping[int, float] = field(default_factory=dict)
    open_offers: int = 0
    skipped: Mapping[int, int] = field(default_factory=dict)

    @property
    def in_turn(self) -> dict[int, int]:
        """Students waiting for a seat: student → place. Not those who pause, nor those whom one is offered."""
        return {s: place for place, s in self.line if s not in self.paused and s not in self.offered}

    def membership(self, student: int) -> Membership:
        if student in self.seated:
            return Membership.SEATED
        if any(waiting == student for _, waiting in self.line):
            return Membership.WAITING
        return Membership.DROPPED if student in self.dropped else Membership.STRANGER

    def place(self, student: int) -> int | None:
        return next((place for place, waiting in self.line if waiting == student), None)


class Kind(StrEnum):
    """What goes wrong."""

    KILL = "kill"  # SIGKILL; its supervisor starts it again
    STOP = "stop"  # SIGSTOP, and SIGCONT some seconds later: to its clients it is silent, its connections stay open
    PARTITION = "partition"  # a server cannot be reached: connections are reset, or nothing arrives, or no reply does
    SLOW = "slow"  # what is said to a server and what it says takes a while
    MAIL = "mail"  # the mail server is slow to take mails, cuts connections, says 4yz, or comes letter by letter
    DUPLICATE = "duplicate"  # the broker gets messages twice
    LEADER = "leader"  # the node of RabbitMQ that leads a queue of notices is killed or frozen
    FAILOVER = "failover"  # a replica of Redis takes over, by command or because its primary is frozen
    CLOCK = "clock"  # the clock of one process is put forward or back, and some seconds later right again
    RECEIVERS = "receivers"  # some receivers of webhooks are hostile


ON_PROCESSES = (Kind.KILL, Kind.STOP)
ON_CLUSTERS = (Kind.LEADER, Kind.FAILOVER)
ON_LINKS = (Kind.PARTITION, Kind.SLOW, Kind.MAIL)


@dataclass(slots=True)
class Fault:
    """`recovered_s` is None while, or if, the system has not recovered from it."""

    process: str
    at_s: float
    recovered_s: float | None = None
    kind: Kind = Kind.KILL

    def overlaps(self, began_s: float, ended_s: float) -> bool:
        return self.at_s <= ended_s and (self.recovered_s is None or began_s <= self.recovered_s)


@dataclass(frozen=True, slots=True)
class Change:
    """What the registrar did to a class: `what` is resize, close or open; `said` is done, refused or "" (not known)."""

    class_id: int
    what: str
    said: str
    began_s: float
    settled_s: float
    capacity: int = 0
    places: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice that arrived at its receiver."""

    channel: str
    event_id: str
    student: int
    class_id: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Listing:
    """A student's subscriptions as the notification service listed them; `removed`: classes that must not be there."""

    student: int
    class_ids: frozenset[int]
    at_s: float
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class LostReply:
    """A request that was not answered, or not in time; `processes`: those through which it went."""

    processes: tuple[str, ...]
    began_s: float
    ended_s: float
    text: str


@dataclass(frozen=True, slots=True)
class SlowReply:
    """A reply, or the giving up of one, later than a reply may come."""

    processes: tuple[str, ...]
    began_s: float
    ended_s: float
    text: str


@dataclass(frozen=True)
class Violation:
    """`column` is one of those that must be zero. `pair`: the student and the class it is about, if it is about one."""

    column: str
    text: str
    pair: tuple[int, int] | None = None


@dataclass
class History:
    """Threads append; the checks read when they are done. `subscriptions`: (student, class) → channels.

    `largest`: the most seats each class was ever given, noted before the registrar asked for them. `parts`: of classes'
    histories, by what porcupine found. `copies`: messages that were published once more. `long_line_ms`: how long
    positions took there. `replays`, `offers`: what became of keyed requests, and of offers. `swaps`: seats that were
    seen to change hands; `swap_looks`: looks at both classes. `course_looks`: at all sections of a course, each at one
    moment; `sections`: what students met there.
    """

    class_ids: list[int] = field(default_factory=list)
    subscriptions: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    lost_replies: list[LostReply] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    slow_replies: list[SlowReply] = field(default_factory=list)
    worst_reply: tuple[float, str] = (0.0, "")
    other_failures: list[str] = field(default_factory=list)
    refused_tokens: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    copies: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    replays: Counter[str] = field(default_factory=Counter)
    not_once: list[str] = field(default_factory=list)
    offer_looks: list[Snapshot] = field(default_factory=list)
    offers: Counter[str] = field(default_factory=Counter)
    swaps: int = 0
    swap_looks: int = 0
    course_looks: list[tuple[Snapshot, ...]] = field(default_factory=list)
    sections: Counter[str] = field(default_factory=Counter)
    long_line_ms: list[float] = field(default_factory=list)
    largest: dict[int, int] = field(default_factory=dict)

    def note_reply(self, processes: tuple[str, ...], began_s: float, ended_s: float, text: str) -> None:
        """Of every request, however it ended."""
        took_s = ended_s - began_s
        if took_s > self.worst_reply[0]:
            self.worst_reply = (took_s, text)
        if took_s > AIM_S:
            self.slow_replies.append(SlowReply(processes, began_s, ended_s, text))

    def fault_during(
        self, processes: Iterable[str], began_s: float, ended_s: float, kinds: Iterable[Kind] = tuple(Kind)
    ) -> bool:
        """Whether one of these processes suffered a fault so that a request of this time could feel it."""
        names, of = set(processes), set(kinds) - {Kind.CLOCK}  # which no request feels
        return any(
            fault.process in names and fault.kind in of and fault.overlaps(began_s, ended_s)
            for fault in list(self.faults)
        )
