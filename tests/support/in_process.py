"""Asks an app in this process, without a server."""

import asyncio
from typing import Any

import httpx


def ask(app: Any, method: str, path: str, **request: Any) -> httpx.Response:
    """What the app itself does not answer, since it fails, is the 500 that a server would send."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.request(method, path, **request)

    return asyncio.run(asked())
