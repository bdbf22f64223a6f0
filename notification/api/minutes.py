"""The HTTP route about how many notices went out or failed, minute by minute: for pictures."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from etc.contracts.channel import Channel
from kit.stores.minute_counts import MinuteCounts, began
from kit.web.app import COMMON_PROBLEMS
from kit.web.wired import wired

router = APIRouter(tags=["deliveries"], responses=COMMON_PROBLEMS)

OUTCOMES = ("delivered", "failed", "dead_lettered")


class ChannelMinute(BaseModel):
    delivered: int = Field(examples=[12])
    failed: int = Field(examples=[1], description="attempts after which it is tried again")
    dead_lettered: int = Field(examples=[0], description="given up")


class NoticeMinute(BaseModel):
    minute: str = Field(examples=["2026-11-22T17:00:00Z"], description="when it began (RFC 3339)")
    channels: dict[Channel, ChannelMinute]


class NoticeMinutes(BaseModel):
    until: str = Field(examples=["2026-11-22T17:02:00Z"], description="the minute that is not over yet (RFC 3339)")
    minutes: list[NoticeMinute] = Field(description="oldest first, without those in which nothing was sent")


@router.get("/notices/minutes", summary="Show What Was Sent In Each Minute")
def notices_by_minute(counts: Annotated[MinuteCounts, Depends(wired("notice_counts"))]) -> NoticeMinutes:
    """How many notices were delivered, failed or were given up, by channel, minute by minute over the last three hours.

    Counted by the consumers and kept in Redis, where it may be lost: for pictures.
    """
    now, found = counts.series()
    minutes = [NoticeMinute(minute=began(minute), channels=_by_channel(of)) for minute, of in found.items()]
    return NoticeMinutes(until=began(now), minutes=sorted(minutes, key=lambda one: one.minute))


def _by_channel(counts: dict[str, int]) -> dict[Channel, ChannelMinute]:
    return {
        channel: ChannelMinute(**{outcome: counts.get(f"{channel} {outcome}", 0) for outcome in OUTCOMES})
        for channel in Channel
    }
