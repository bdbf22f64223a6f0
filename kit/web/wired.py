"""The parts that an app's `create_app` has wired, for its routes: `Annotated[Listing, Depends(wired("listing"))]`."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request


def wired(name: str) -> Callable[[Request], Awaitable[Any]]:
    """The part in the app's state under this name. A coroutine: FastAPI would send a plain function to a thread."""

    async def of_app(request: Request) -> Any:
        return getattr(request.app.state, name)

    return of_app
