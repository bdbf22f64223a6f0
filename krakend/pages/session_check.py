"""Whether the session of a request is over, for routes of the pages service that are not for everybody.

The pages service has no store. The users service refuses what comes of such a session, whatever it asks for
(kit.web.sessions), so it is asked for as little as there is; while it does not answer, nobody is shut out.
"""

from collections.abc import Sequence

import httpx
from fastapi import Request

from kit.sessions import SessionOver
from kit.web.sessions import HEADER

TIMEOUT_S = 1.0


class SessionCheck:
    """A dependency of routes."""

    def __init__(self, client: httpx.AsyncClient, users: Sequence[str]) -> None:
        self._client = client
        self._users = users

    async def __call__(self, request: Request) -> None:
        """Raises SessionOver."""
        if not (name := request.headers.get(HEADER)):
            return
        for url in self._users:
            try:
                reply = await self._client.get(f"{url}/health/live", headers={HEADER: name}, timeout=TIMEOUT_S)
            except httpx.TransportError:
                continue
            if reply.status_code == httpx.codes.UNAUTHORIZED:
                raise SessionOver
            return
