"""What the services say of themselves: their OpenAPI, asked for when it is wanted, kept while it is young."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

log = logging.getLogger(__name__)

KEPT_FOR_S = 60.0
ASKED_AGAIN_AFTER_S = 2.0  # when a service did not answer


class Descriptions:
    """The last answer of a service counts until there is a newer one, also while the service is away."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        addresses: Mapping[str, list[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._addresses = addresses
        self._clock = clock
        self._known: dict[str, dict[str, Any]] = {}
        self._ask_at = dict.fromkeys(addresses, float("-inf"))
        self._asking = asyncio.Lock()

    async def current(self) -> Mapping[str, dict[str, Any]]:
        """By service, without those that have never answered. The same object as before while nothing is new."""
        async with self._asking:
            due = [service for service, moment in self._ask_at.items() if moment <= self._clock()]
            await asyncio.gather(*map(self._ask, due))
            return self._known

    async def _ask(self, service: str) -> None:
        for address in self._addresses[service]:
            try:
                reply = await self._client.get(f"{address}/openapi.json")
                described = reply.raise_for_status().json()
            except (httpx.HTTPError, ValueError) as error:
                log.warning("no OpenAPI from the service %s: %s", service, type(error).__name__)
            else:
                if described != self._known.get(service):
                    self._known = {**self._known, service: described}
                self._ask_at[service] = self._clock() + KEPT_FOR_S
                return
        self._ask_at[service] = self._clock() + ASKED_AGAIN_AFTER_S
