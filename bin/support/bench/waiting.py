"""Positions that wait for their line to move: what each costs, and how soon all of them know of a drop."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence

from bench.context import Context, Result
from bench.fixtures import Fixture, in_line, seated
from bench.positions import line_of
from bench.processes import Process
from bench.samples import Figure, percentile

WAITING = 1_000  # in the class in which somebody drops
CROWD = 5_000  # in another one
MOST_KIB, MOST_P99_MS = 64.0, 250.0
WAIT_S = 25
_AT_ONCE = 50  # connections that are made
_OWN = "/student{n}/s{n}@example.com"
_POSITION = "GET /waitlist/{n}/{class}" + _OWN + " HTTP/1.1\r\nHost: bench\r\n{headers}\r\n"
_DROP = "DELETE /enrollmentdrop/{n}/{class}" + _OWN + " HTTP/1.1\r\nHost: bench\r\n{headers}\r\n"


def waiting(context: Context) -> Iterator[Result]:
    fixture = context.fixture("main")
    service = context.service(fixture)
    part = context.effort.part_of_crowds
    yield asyncio.run(_memory(context, fixture, service, CROWD // part))
    yield asyncio.run(_news(context, fixture, service, WAITING // part))


async def _memory(context: Context, fixture: Fixture, service: Process, crowd: int) -> Figure:
    context.say(f"{crowd:,} connections begin to wait")
    class_id = line_of(fixture, crowd)
    first = await _all_wait(service, class_id, [1])
    before = service.memory_mib()
    others = await _all_wait(service, class_id, range(2, crowd + 1))
    kib = (service.memory_mib() - before) * 1024 / len(others)
    _close([*first, *others])
    return Figure(
        "waiting-memory",
        f"memory of each of {crowd:,} positions that wait",
        unit="KiB",
        ours={"kib": round(kib, 1)},
        goal=f"≤ {MOST_KIB:.0f} KiB",
        reached=kib <= MOST_KIB,
    )


async def _news(context: Context, fixture: Fixture, service: Process, count: int) -> Figure:
    rounds = max(3, context.effort.latencies // 10)
    context.say(f"{rounds} drops; {count:,} students wait for the news")
    class_id = _class_with_line(fixture, count + rounds + 1)
    tellings = await _all_wait(service, class_id, range(rounds + 2, rounds + count + 2))
    times_ms, drops_ms = list[float](), list[float]()
    for number in range(rounds + 1):
        began = time.monotonic()
        dropped = asyncio.create_task(_drop(service, number or count + rounds + 2, class_id))
        told = await asyncio.gather(*(each.news() for each in tellings))
        if number:  # the first is to warm up
            times_ms += [1000 * (moment - began) for moment in told]
            drops_ms.append(1000 * (await dropped - began))
        await asyncio.sleep(0.5)
    _close(tellings)
    p99 = percentile(times_ms, 99)
    return Figure(
        "waiting-news",
        f"from a drop to the new positions of {count:,} who wait",
        unit="ms",
        ours={
            "p50_ms": percentile(times_ms, 50),
            "p99_ms": p99,
            "worst_ms": max(times_ms),
            "drop_ms": statistics.median(drops_ms),
            "count": count * rounds,
        },
        goal=f"p99 ≤ {MOST_P99_MS:.0f} ms",
        reached=p99 <= MOST_P99_MS,
    )


def _class_with_line(fixture: Fixture, length: int) -> int:
    """As line_of, and its line is known to Redis already."""
    [class_id] = fixture.add_classes(1, seated=1, waiting=length, capacity=1)
    fixture.load_records(seated(class_id, [length + 1]), 1)
    fixture.load_records(in_line(class_id, range(1, length + 1)), length)
    fixture.deps.rebuilder.rebuild(class_id)
    return class_id


class _Telling:
    """A student's connection, on which one request after the other waits for news."""

    def __init__(self, number: int, class_id: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._number, self._class_id = number, class_id
        self._reader, self.writer = reader, writer

    async def begin(self) -> None:
        self._ask()
        self._ask(await self._reply())

    async def news(self) -> float:
        """When it came; then the student waits for more."""
        etag = ""
        while not etag:  # a wait that was over asks again
            head = await self._reader.readuntil(b"\r\n\r\n")
            if b" 200 " in head.partition(b"\r\n")[0]:
                await self._reader.readuntil(b"}")
                etag = _etag(head)
            else:
                self._ask(_etag(head))
        moment = time.monotonic()
        self._ask(etag)
        return moment

    def _ask(self, etag: str = "") -> None:
        headers = f"If-None-Match: {etag}\r\nPrefer: wait={WAIT_S}\r\n" if etag else ""
        self.writer.write(_filled(_POSITION, self._number, self._class_id, headers))

    async def _reply(self) -> str:
        head = await self._reader.readuntil(b"\r\n\r\n")
        await self._reader.readuntil(b"}")
        return _etag(head)


async def _all_wait(service: Process, class_id: int, students: Sequence[int]) -> list[_Telling]:
    tellings: list[_Telling] = []
    for start in range(0, len(students), _AT_ONCE):
        some = students[start : start + _AT_ONCE]
        tellings += await asyncio.gather(*(_begun(service, number, class_id) for number in some))
    await asyncio.sleep(0.5)
    return tellings


async def _begun(service: Process, number: int, class_id: int) -> _Telling:
    telling = _Telling(number, class_id, *await asyncio.open_connection("127.0.0.1", service.port))
    await telling.begin()
    return telling


async def _drop(service: Process, student: int, class_id: int) -> float:
    """When it is answered. Raises RuntimeError if it is refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(_filled(_DROP, student, class_id, ""))
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RuntimeError(f"student {student} cannot drop: {head[:80]!r}")
    return time.monotonic()


def _close(tellings: Sequence[_Telling]) -> None:
    for telling in tellings:
        telling.writer.close()


def _filled(template: str, number: int, class_id: int, headers: str) -> bytes:
    return template.format(n=number, headers=headers, **{"class": class_id}).encode()


def _etag(head: bytes) -> str:
    return next(line[6:].decode() for line in head.split(b"\r\n") if line.lower().startswith(b"etag: "))
