"""The health of every process, for the page of those who run the system: all are asked at once, when somebody looks.

The pages service knows nothing else of them: `/health/ready` names the parts that a process lacks, and `/metrics` has
the depths of the queues and the age of the outbox.
"""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import httpx
from fastapi import APIRouter
from pydantic import BaseModel, Field

KEPT_FOR_S = 2.0  # however many look
TIMEOUT_S = 1.5
_METRIC = re.compile(
    r'^(amqp_queue_ready_messages|outbox_oldest_event_age_seconds)(?:\{queue="([^"]*)"\})? (\S+)$', re.M
)


class ProcessHealth(BaseModel):
    name: str = Field(examples=["enrollment"])
    instance: int = Field(examples=[1])
    state: str = Field(examples=["ready"], description="ready, not_ready or no_answer")
    lacks: list[str] = Field(examples=[["redis"]], description="the parts that it says are down")
    detail: str | None = Field(examples=["Not ready: redis (Redis does not answer)"])
    since: str = Field(examples=["2026-11-22T17:00:02Z"], description="since when it was seen like this (RFC 3339)")


class Health(BaseModel):
    checked_at: str = Field(examples=["2026-11-22T17:00:02Z"])
    processes: list[ProcessHealth]
    queues: dict[str, int] = Field(description="messages that no consumer holds, by queue, as consumers know it")
    outbox_age_s: float | None = Field(description="of the oldest notice that the broker has not; null: not known")


class Operating:
    """`addresses`: of each process, by its name; one without any is not asked."""

    def __init__(self, client: httpx.AsyncClient, addresses: Mapping[str, Sequence[str]]) -> None:
        self._client = client
        self._processes = [
            (name, number, url) for name, urls in addresses.items() for number, url in enumerate(urls, start=1)
        ]
        self._since: dict[tuple[str, int], tuple[str, str]] = {}
        self._asking = asyncio.Lock()
        self._health: Health | None = None
        self._asked_at = float("-inf")

    async def health(self) -> Health:
        async with self._asking:
            if self._health is None or time.monotonic() - self._asked_at > KEPT_FOR_S:
                self._health = await self._ask()
                self._asked_at = time.monotonic()
            return self._health

    async def _ask(self) -> Health:
        asked = (self._ask_one(name, number, url) for name, number, url in self._processes)
        found = await asyncio.gather(*asked)
        metrics = [match for _, text in found for match in _METRIC.findall(text)]
        ages = [float(value) for name, _, value in metrics if name.startswith("outbox")]
        queues: dict[str, int] = {}
        for _, queue, value in metrics:
            if queue:
                queues[queue] = max(queues.get(queue, 0), round(float(value)))
        return Health(
            checked_at=_now(),
            processes=[process for process, _ in found],
            queues=queues,
            outbox_age_s=max(ages, default=None),
        )

    async def _ask_one(self, name: str, number: int, url: str) -> tuple[ProcessHealth, str]:
        """Its health, and its metrics as text."""
        state, detail, text = "no_answer", None, ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                ready = await self._client.get(f"{url}/health/ready")
                state = "ready" if ready.status_code == httpx.codes.OK else "not_ready"
                detail = None if state == "ready" else str(ready.json().get("detail"))
                if not name.startswith(("users", "enrollment", "notification")):
                    text = (await self._client.get(f"{url}/metrics")).text
        except (httpx.HTTPError, TimeoutError, ValueError, AttributeError):
            pass  # what is known by then is what is told
        process = ProcessHealth(
            name=name,
            instance=number,
            state=state,
            lacks=re.findall(r"([\w-]+) \(", detail or ""),
            detail=detail,
            since=self._seen((name, number), f"{state} {detail}"),
        )
        return process, text

    def _seen(self, process: tuple[str, int], state: str) -> str:
        known = self._since.get(process)
        if known is None or known[0] != state:
            known = self._since[process] = (state, _now())
        return known[1]


def operating_route(operating: Operating) -> APIRouter:
    router = APIRouter(tags=["pages"])

    @router.get("/operating", summary="The Health Of Every Process")
    async def operating_health() -> Health:
        """Which process is ready, what others lack, since when that was seen; queues, and the age of the outbox."""
        return await operating.health()

    return router


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
