"""The health of every process and store, for the page of those who run the system.

All are asked every few seconds, looked at or not: "since" is when it began and not when somebody came to look.
`/health/ready` names the parts that a process lacks, which is how stores are seen, with the eyes of those who need
them. `/metrics` has the depths of the queues, the age of the outbox and what was delivered. The gateway and the mail
server are asked themselves.
"""

import asyncio
import logging
import re
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import httpx
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from kit.moments import rfc3339

log = logging.getLogger(__name__)

Ask = Callable[[], Awaitable[str | None]]
"""None if it is well, else why it is not."""

EVERY_S = 5.0
KEPT_FOR_S = 2.0  # however many look
TIMEOUT_S = 1.5
DELIVERIES_OF_S = 300.0
STORES = ("dynamodb", "redis", "rabbitmq")
_PUBLISHES_TO = {"publisher": "rabbitmq"}  # a process's connection to the store has a name of its own
_LACKS = re.compile(r"([\w-]+) \(([^)]*)\)")
_METRIC = re.compile(
    r'^(amqp_queue_ready_messages|outbox_oldest_event_age_seconds)(?:\{queue="([^"]*)"\})? (\S+)$', re.M
)
_DELIVERIES = re.compile(
    r'^notification_deliveries_total\{.*?channel="([^"]*)",outcome="(delivered|failed|dead_lettered)"\} (\S+)$', re.M
)


class ProcessHealth(BaseModel):
    name: str = Field(examples=["enrollment"])
    instance: int = Field(examples=[1])
    state: str = Field(examples=["ready"], description="ready, not_ready, no_answer, or unknown: nobody can say")
    lacks: list[str] = Field(examples=[["redis"]], description="the parts that it says are down")
    detail: str | None = Field(examples=["Not ready: redis (Redis does not answer)"])
    since: str = Field(
        examples=["2026-11-22T17:00:02Z"], description="since when it has been seen like this (RFC 3339)"
    )


class Sent(BaseModel):
    delivered: int = Field(examples=[120])
    failed: int = Field(examples=[2], description="attempts, also those after which it was given up")


class Health(BaseModel):
    checked_at: str = Field(examples=["2026-11-22T17:00:02Z"])
    processes: list[ProcessHealth]
    stores: list[ProcessHealth] = Field(description="stores, gateway, pages and mail server")
    queues: dict[str, int] = Field(description="messages that no consumer holds, by queue, as consumers know it")
    outbox_age_s: float | None = Field(description="of the oldest notice that the broker has not; null: not known")
    sent: dict[str, Sent] = Field(description="in the last five minutes, by channel")


class Asked(NamedTuple):
    """What was found of one thing: its state, what it says, and its metrics as text."""

    state: str
    detail: str | None = None
    metrics: str = ""


class Operating:
    """`addresses`: of each process, by its name; one without any is not asked.

    `others`: how to ask what is no process with a health of its own, by name: None if it is well, else why it is not.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        addresses: Mapping[str, Sequence[str]],
        others: Mapping[str, Ask],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._processes = {
            (name, number): url for name, urls in addresses.items() for number, url in enumerate(urls, start=1)
        }
        self._others = others
        self._since: dict[tuple[str, int], tuple[str, str]] = {}
        self._sent: deque[tuple[float, dict[str, Sent]]] = deque()
        self._clock = clock
        self._asking = asyncio.Lock()
        self._health: Health | None = None
        self._asked_at = float("-inf")

    async def keep_looking(self) -> None:
        """Until it is cancelled."""
        while True:  # bounded: by the process's life
            try:
                await self.health()
            except Exception:  # must go on: nobody else would look
                log.exception("the health of the system could not be put together")
            await asyncio.sleep(EVERY_S)

    async def health(self) -> Health:
        async with self._asking:
            if self._health is None or time.monotonic() - self._asked_at > KEPT_FOR_S:
                self._health = await self._ask()
                self._asked_at = time.monotonic()
            return self._health

    async def _ask(self) -> Health:
        asked = (self._ask_one(name, url) for (name, _), url in self._processes.items())
        others = (ask() for ask in self._others.values())
        found, failures = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*others))
        by_process = dict(zip(self._processes, found, strict=True))
        stores = {(name, 1): one for name, one in seen_by(by_process).items()}
        for name, failure in zip(self._others, failures, strict=True):
            stores[name, 1] = Asked("no_answer", failure) if failure else Asked("ready")
        texts = [one.metrics for one in found]
        queues, outbox_age_s = depths(texts)
        return Health(
            checked_at=rfc3339(int(self._clock())),
            processes=self._told(by_process),
            stores=self._told({**stores, ("pages", 1): Asked("ready")}),
            queues=queues,
            outbox_age_s=outbox_age_s,
            sent=self._sent_lately(deliveries(texts)),
        )

    async def _ask_one(self, name: str, url: str) -> Asked:
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
        return Asked(state, detail, text)

    def _told(self, found: Mapping[tuple[str, int], Asked]) -> list[ProcessHealth]:
        return [
            ProcessHealth(
                name=name,
                instance=number,
                state=one.state,
                lacks=[part for part, _ in _LACKS.findall(one.detail or "")] if name not in STORES else [],
                detail=one.detail,
                since=self._seen((name, number), one.state),
            )
            for (name, number), one in found.items()
        ]

    def _seen(self, process: tuple[str, int], state: str) -> str:
        known = self._since.get(process)
        if known is None or known[0] != state:
            known = self._since[process] = (state, rfc3339(int(self._clock())))
        return known[1]

    def _sent_lately(self, now: dict[str, Sent]) -> dict[str, Sent]:
        """The counters' rise over the last minutes; a consumer that began anew counts from 0."""
        at = time.monotonic()
        self._sent.append((at, now))
        while self._sent[0][0] < at - DELIVERIES_OF_S:
            self._sent.popleft()
        before = self._sent[0][1]
        return {
            channel: Sent(
                delivered=max(0, one.delivered - (then := before.get(channel, Sent(delivered=0, failed=0))).delivered),
                failed=max(0, one.failed - then.failed),
            )
            for channel, one in now.items()
        }


def seen_by(processes: Mapping[tuple[str, int], Asked]) -> dict[str, Asked]:
    """Each store as those see it that need it: down if anybody says so, not known if nobody says anything."""
    says: dict[str, list[str]] = defaultdict(list)
    for (name, number), one in processes.items():
        for part, reason in _LACKS.findall(one.detail or ""):
            says[_PUBLISHES_TO.get(part, part)].append(f"{name} {number}: {reason}")
    well = Asked("ready") if any(one.state != "no_answer" for one in processes.values()) else Asked("unknown")
    return {store: Asked("not_ready", "; ".join(says[store])) if says[store] else well for store in STORES}


def depths(metrics: Iterable[str]) -> tuple[dict[str, int], float | None]:
    """Messages by queue, and the age of the outbox."""
    found = [match for text in metrics for match in _METRIC.findall(text)]
    queues: dict[str, int] = {}
    for _, queue, value in found:
        if queue:
            queues[queue] = max(queues.get(queue, 0), round(float(value)))
    return queues, max((float(value) for name, _, value in found if name.startswith("outbox")), default=None)


def deliveries(metrics: Iterable[str]) -> dict[str, Sent]:
    """What all consumers have counted since each began."""
    found: dict[str, Sent] = {}
    for channel, outcome, value in (match for text in metrics for match in _DELIVERIES.findall(text)):
        sent = found.setdefault(channel, Sent(delivered=0, failed=0))
        if outcome == "delivered":
            sent.delivered += round(float(value))
        else:
            sent.failed += round(float(value))
    return found


def gateway_probe(client: httpx.AsyncClient, url: str) -> Ask:
    """Asks either gateway whether it takes requests."""

    async def ask() -> str | None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                reply = await client.get(f"{url}/__health")
        except (httpx.HTTPError, TimeoutError) as error:
            return type(error).__name__
        return None if reply.is_success else f"it says {reply.status_code}"

    return ask


def operating_route(operating: Operating, check: Callable[..., Awaitable[None]]) -> APIRouter:
    """`check` is called with each request, and raises what refuses it."""
    router = APIRouter(tags=["pages"], dependencies=[Depends(check)])

    @router.get("/operating", summary="The Health Of Every Process")
    async def operating_health() -> Health:
        """Which process and store works, what others lack and since when; queues, the age of the outbox, and how many
        notices were delivered and failed in the last five minutes.
        """
        return await operating.health()

    return router
