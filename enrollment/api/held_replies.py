"""Replies to position requests that are held back until there is news: `Prefer: wait=25` (RFC 7240 §4.3)."""

import asyncio
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import Receive

from enrollment.service.position_watch import PositionWatch, Waiter
from enrollment.service.positions import Position


async def held_back(
    watch: PositionWatch,
    student_id: int,
    class_id: int,
    found: Position,
    wait_s: float,
    is_news: Callable[[Position], bool],
    receive: Receive,
) -> Position:
    """The first position that is news, or the present one after so long. Raises as Positions.of.

    Who has hung up waits no longer.
    """
    waiter = Waiter()
    timer = asyncio.get_running_loop().call_later(wait_s, waiter.end)
    listening = asyncio.create_task(_until_gone(receive, waiter))
    try:
        return await watch.next(student_id, class_id, found, waiter, is_news)
    finally:
        timer.cancel()
        listening.cancel()


async def _until_gone(receive: Receive, waiter: Waiter) -> None:
    try:
        while (await receive())["type"] != "http.disconnect":
            pass  # a body, which means nothing here
    except HTTPException:  # a body that is too long
        pass
    waiter.end()
