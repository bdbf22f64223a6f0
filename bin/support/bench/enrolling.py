"""Changes: enrolling into many classes and into one, dropping with promotion and notice; the same with a key."""

from collections.abc import Iterator

from bench.context import Context, Result, loop
from bench.fixtures import Fixture, in_line, seated
from bench.load import Load
from bench.samples import Comparison

ENROLL = "/enroll/{n}/{class}/someone/someone@example.com"
DROP = "/enrollmentdrop/{n}/{class}/someone/someone@example.com"
MANY = 64
DROP_CLASSES = 64
THREADS = 32
DROPPERS = 16
# More than one process drops in a second on any machine of today.
MOST_DROPS_PER_S = 500
FLOOR_STUDENTS = 5_000_000_000
NEXT_IN_LINE = 1_000_000_000


def enroll_many(context: Context) -> Iterator[Result]:
    yield _enroll(context, "enroll", f"enroll, {MANY} classes with room", MANY)


def enroll_one(context: Context) -> Iterator[Result]:
    yield _enroll(context, "enroll-one", "enroll, all into one class", 1)


def _enroll(context: Context, row: str, what: str, count: int) -> Comparison:
    fixture = context.fixture("main")
    classes, floor_classes = fixture.add_classes(count), fixture.add_classes(count)
    load = Load(context.service(fixture), ENROLL, "POST", classes=classes, connections=THREADS)
    return Comparison(
        row,
        f"{what}, {THREADS} concurrent",
        f"one TransactWriteItems of the same items, {THREADS} threads",
        0.6,
        load,
        loop("enroll", fixture, threads=THREADS, classes=floor_classes, first=FLOOR_STUDENTS),
        pid=load.pid,
    )


def drop(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    effort = context.effort
    students = round(MOST_DROPS_PER_S * effort.seconds * effort.repetitions)
    context.say(f"{students:,} students in seats, as many in line and subscribed")
    classes = full_classes(fixture, DROP_CLASSES, students)
    load = Load(context.service(fixture), DROP, "DELETE", classes=classes, connections=DROPPERS)
    yield Comparison(
        "drop",
        f"drop with promotion and notice, {DROPPERS} concurrent",
        f"its transaction, then one confirmed publish, {DROPPERS} threads",
        0.9,
        load,
        loop(
            "drop",
            fixture,
            threads=DROPPERS,
            classes=fixture.add_classes(DROP_CLASSES),
            first=FLOOR_STUDENTS,
            exchange=fixture.topology.events,
        ),
        pid=load.pid,
    )


def keys(context: Context) -> Iterator[Result]:
    """What an Idempotency-Key costs: one more item in the transaction, and a look for it."""
    fixture = context.fixture("main")
    service = context.service(fixture)
    plain, keyed = (
        Load(service, ENROLL, "POST", classes=fixture.add_classes(MANY), headers=key, connections=THREADS)
        for key in _without_and_with("enroll-{n}")
    )
    floor_is = "the same without the header"
    what = f"enroll with an Idempotency-Key, {THREADS} concurrent"
    yield Comparison("enroll-keyed", what, floor_is, 0.8, keyed, plain, pid=keyed.pid)
    students = round(MOST_DROPS_PER_S * context.effort.seconds * context.effort.repetitions)
    context.say(f"{2 * students:,} students in seats, as many in line and subscribed")
    plain, keyed = (
        Load(
            service,
            DROP,
            "DELETE",
            classes=full_classes(fixture, DROP_CLASSES, students),
            headers=key,
            connections=DROPPERS,
        )
        for key in _without_and_with("drop-{n}")
    )
    what = f"drop with an Idempotency-Key, {DROPPERS} concurrent"
    yield Comparison("drop-keyed", what, floor_is, 0.8, keyed, plain, pid=keyed.pid)


def _without_and_with(key: str) -> tuple[dict[str, str], dict[str, str]]:
    return {}, {"Idempotency-Key": key}


def full_classes(fixture: Fixture, count: int, students: int) -> list[int]:
    """Students 1, 2, … in seats, each in the class wrk.lua names with the number; one in line behind each."""
    each = -(-students // count)
    classes = fixture.add_classes(count, seated=each, waiting=each, capacity=each)
    for index, class_id in enumerate(classes):
        # The first number of this class is `count` where index is 0: numbers start at 1.
        mine = [index + count * n for n in range(each + 1) if index + count * n > 0][:each]
        line = [NEXT_IN_LINE + number for number in mine]
        fixture.load_records(seated(class_id, mine), each)
        fixture.load_records(in_line(class_id, line), each)
        fixture.deps.rebuilder.rebuild(class_id)  # Redis shows the line, as it does of any class in use
        fixture.subscribe(class_id, ((student, f"s{student}@example.com", None) for student in line))
    return classes
