"""adapters.waitlist_reader: who asks at the same time shares one round trip, and gets what is theirs."""

import asyncio
from collections.abc import Hashable, Sequence
from typing import Any

import pytest

from enrollment.adapters.waitlist_cache import student_reading_of
from enrollment.adapters.waitlist_reader import WaitlistReader
from enrollment.domain.waitlist import StudentReading
from kit.stores.redis_async import Command

FIRST_STUDENT = 8  # in the words of a command, after its keys
LINE = {7: "100", 8: "200 paused"}


class OneLine:
    """As position.lua answers for every class."""

    def __init__(self) -> None:
        self.round_trips: list[Sequence[Command]] = []

    def node_of(self, key: str) -> Hashable:
        return None

    async def send(self, commands: Sequence[Command]) -> list[Any]:
        self.round_trips.append(commands)
        return [
            ["5", "90", 95, len(LINE), -1, 2, *(word for student in command[FIRST_STUDENT:] for word in shown(student))]
            for command in commands
        ]

    async def aclose(self) -> None: ...


def shown(student_id: int) -> tuple[int | None, str | None]:
    return (list(LINE).index(student_id), LINE[student_id]) if student_id in LINE else (None, None)


def test_each_gets_what_redis_says_of_them_and_all_share_what_it_says_of_the_line() -> None:
    async def ask() -> list[Any]:
        redis = OneLine()
        reader = WaitlistReader(redis)
        found = await asyncio.gather(*(reader.read(4, student) for student in (8, None, 9, 7)))
        assert [len(commands) for commands in redis.round_trips] == [1]
        return found

    found = asyncio.run(ask())
    assert [of_student for _, of_student in found] == [
        StudentReading(1, 200, paused=True),
        None,
        None,
        StudentReading(0, 100),
    ]
    [reading] = {id(reading): reading for reading, _ in found}.values()
    assert (reading.version, reading.length, reading.is_fresh, reading.no_pending_writes) == (5, 2, True, True)


@pytest.mark.parametrize(
    ("since", "read"),
    [
        ("100", StudentReading(3, 100)),
        ("100 paused", StudentReading(3, 100, paused=True)),
        ("100 offered 170", StudentReading(3, 100, offered_until_s=170)),
        (None, StudentReading(3, 0)),
    ],
)
def test_since_when_a_student_waits_says_also_what_is_special(since: str | None, read: StudentReading) -> None:
    assert student_reading_of(3, since) == read
