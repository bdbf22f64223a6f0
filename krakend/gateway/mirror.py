"""The last good copy of the users service's keys, on disk, so that tokens can be checked while users is away."""

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import httpx

from krakend.gateway.jwks import NO_KEYS, KeySet, NoUsableKey, parse
from krakend.gateway.own_port import KEYS_FETCHED

log = logging.getLogger(__name__)

PATH = "/.well-known/jwks.json"
DEADLINE_S = 2.0  # of the whole answer
LARGEST_BYTES = 100_000


class Unavailable(Exception):
    """No address gave usable keys; the text says why."""


class Mirror:
    def __init__(self, file: Path, addresses: Sequence[str], client: httpx.AsyncClient) -> None:
        self._file = file
        self._addresses = addresses
        self._client = client
        self._is_away = False

    def kept(self) -> KeySet:
        """What an earlier run left; no keys if there is nothing of use."""
        try:
            return parse(self._file.read_bytes())
        except (OSError, NoUsableKey):
            return NO_KEYS

    async def refreshed(self, known: KeySet) -> KeySet:
        """What users publishes now, kept on disk; what is known while users is away or publishes nonsense."""
        try:
            keys = await self._first_answer()
        except Unavailable as reason:
            self._note_away(known, reason)
            return known
        KEYS_FETCHED.set_to_current_time()
        if self._is_away:
            self._is_away = False
            log.info("the users service answers again")
        if keys != known:
            self._keep(keys)
            log.info("tokens are checked with the keys %s", ", ".join(key.kid for key in keys))
        return keys

    async def _first_answer(self) -> KeySet:
        reasons = []
        for address in self._addresses:
            try:
                async with asyncio.timeout(DEADLINE_S):
                    return parse(await self._get(address))
            except (httpx.HTTPError, NoUsableKey, TimeoutError) as error:
                reasons.append(f"{address}: {error or type(error).__name__}")
        raise Unavailable("; ".join(reasons))

    async def _get(self, address: str) -> bytes:
        content = b""
        async with self._client.stream("GET", f"{address.rstrip('/')}{PATH}") as reply:
            reply.raise_for_status()
            async for part in reply.aiter_bytes():
                content += part
                if len(content) > LARGEST_BYTES:
                    raise NoUsableKey(f"more than {LARGEST_BYTES} bytes")
        return content

    def _note_away(self, known: KeySet, reason: Unavailable) -> None:
        if known and not self._is_away:  # without any it is a start, where users is merely slower than we
            self._is_away = True
            log.warning("no keys from the users service (%s); those it gave last stay in force", reason)

    def _keep(self, keys: KeySet) -> None:
        unfinished = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with unfinished.open("w") as file:
            file.write(keys.document)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)
