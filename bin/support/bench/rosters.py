"""A campus's classes and who is in them, loaded by bin/load-classes from a OneRoster package."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from bench.context import Context, Result
from bench.fixtures import BATCH, Fixture
from bench.processes import ROOT, start_service
from bench.samples import Figure
from enrollment.adapters import items
from enrollment.domain.record import Record, State
from etc.contracts import oneroster
from kit.csv_files import FolderTarget
from kit.stores import dynamo
from users.adapters.account_store import AccountStore
from users.adapters.transactions import write_together
from users.domain.account import Account

OF_A_CLASS, OF_A_STUDENT = 40, 10
CLASSES_OF_A_TEACHER = 10
WITHIN_S, ENROLLMENTS = 60.0, 100_000
_AT_ONCE = 4  # transactions, also of the command
_ACCOUNTS = 30  # in a transaction
_LONGEST_S = 1200.0
TIMEOUT_S = 20.0
Enrolled = Sequence[tuple[int, int]]  # class and student, by their numbers in the package


def rosters(context: Context) -> Iterator[Result]:
    fixture = context.fixture("rosters")  # its accounts have numbers that nobody was given
    users = context.until_end(start_service("users", fixture.environment))
    count = context.effort.enrollments
    students, classes = count // OF_A_STUDENT, count // OF_A_CLASS
    teachers = -(-classes // CLASSES_OF_A_TEACHER)
    enrolled = [(number // OF_A_CLASS, number % students) for number in range(count)]
    context.say(f"{students + teachers:,} accounts")
    store = AccountStore(fixture.deps.database, fixture.settings.table_prefix)
    if not context.keep_tables:
        patient = dynamo.connect(fixture.settings, TIMEOUT_S)
        context.stack.callback(lambda: patient.delete_table(TableName=store.table))
    _add_accounts(fixture, store, students, teachers)
    with tempfile.TemporaryDirectory() as folder:
        _write_package(Path(folder), classes, students, teachers, enrolled)
        context.say(f"{count:,} enrollments in {classes:,} classes")
        took_s = _loaded(Path(folder), {**fixture.environment, "USERS_URL": users.url})
    context.say(f"loaded in {took_s:.0f} s")
    floor_s = _floor(fixture, enrolled)
    rate, floor = count / took_s, count / floor_s
    yield Figure(
        "rosters",
        f"bin/load-classes, {count:,} enrollments in {classes:,} new classes, from its start to its end",
        unit="enrollments/s",
        ours={"rate": rate, "seconds": round(took_s, 1)},
        floor={"rate": floor, "seconds": round(floor_s, 1)},
        floor_is=f"their records alone, bare puts, {BATCH} in a transaction, {_AT_ONCE} at once",
        ratio=rate / floor,
        goal=f"{ENROLLMENTS:,} in {WITHIN_S:.0f} s",
        reached=rate >= ENROLLMENTS / WITHIN_S,
    )


def _add_accounts(fixture: Fixture, store: AccountStore, students: int, teachers: int) -> None:
    people = [("s", "student", students), ("t", "instructor", teachers)]
    named = [(f"{letter}{number}", role) for letter, role, count in people for number in range(count)]
    accounts = (
        Account(number, name, f"{name}@example.com", (role,), "no password fits this")  # type: ignore[arg-type]
        for number, (name, role) in enumerate(named, start=1)
    )
    while some := list(islice(accounts, _ACCOUNTS)):
        write_together(fixture.deps.database, [write for account in some for write in store._puts(account)])


def _write_package(folder: Path, classes: int, students: int, teachers: int, enrolled: Enrolled) -> None:
    target = FolderTarget(folder)
    names = [f"t{number}" for number in range(teachers)] + [f"s{number}" for number in range(students)]
    given = (oneroster.COURSES, oneroster.CLASSES, oneroster.USERS, oneroster.ENROLLMENTS)
    manifest = [("oneroster.version", "1.2"), *((f"file.{name.removesuffix('.csv')}", "bulk") for name in given)]
    target.write(oneroster.MANIFEST, oneroster.COLUMNS[oneroster.MANIFEST], manifest)
    target.write(oneroster.COURSES, ("sourcedId", "title"), [(f"c{n}", f"ROSTER {n}") for n in range(classes)])
    target.write(
        oneroster.CLASSES,
        ("sourcedId", "title", "courseSourcedId", "classCode", "subjects"),
        [(f"k{n}", f"Class {n}", f"c{n}", "1", "Measuring") for n in range(classes)],
    )
    target.write(oneroster.USERS, ("sourcedId", "username"), [(name, name) for name in names])
    taught = [(f"k{n}", f"t{n // CLASSES_OF_A_TEACHER}", oneroster.TEACHER, "true") for n in range(classes)]
    attended = [(f"k{of_class}", f"s{student}", oneroster.STUDENT, "") for of_class, student in enrolled]
    target.write(oneroster.ENROLLMENTS, ("classSourcedId", "userSourcedId", "role", "primary"), [*taught, *attended])


def _loaded(folder: Path, environment: dict[str, str]) -> float:
    """How long it took. Raises RuntimeError."""
    began = time.monotonic()
    sizes = ["--max-capacity", str(OF_A_CLASS), "--waitlist-maximum", "5"]
    done = subprocess.run(
        [ROOT / "bin" / "load-classes", folder, *sizes],
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        timeout=_LONGEST_S,
    )
    if done.returncode:
        raise RuntimeError(f"bin/load-classes ended with {done.returncode}: {done.stderr[-300:]}")
    return time.monotonic() - began


def _floor(fixture: Fixture, enrolled: Enrolled) -> float:
    client, table = dynamo.connect(fixture.settings, TIMEOUT_S), fixture.deps.tables.enrollments
    [first] = fixture.add_classes(1)
    began = time.monotonic()
    rows = [items.record_to_item(first + of_class, Record(n, State.ENROLLED, n, came_at=1)) for of_class, n in enrolled]
    writes: list[Any] = [{"Put": {"TableName": table, "Item": row}} for row in rows]
    batches = [writes[start : start + BATCH] for start in range(0, len(writes), BATCH)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda batch: client.transact_write_items(TransactItems=batch), batches))
    took_s = time.monotonic() - began
    client.close()
    return took_s
