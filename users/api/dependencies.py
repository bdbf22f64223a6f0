"""The routes' dependencies from the application, as short types, and the parameters and replies they share.

The dependencies are coroutines, though they wait for nothing: FastAPI would send a plain function to a thread.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, problems
from users.domain.network import network_of
from users.service.account_links import AccountLinks
from users.service.account_loader import AccountLoader
from users.service.accounts import UserService
from users.service.sessions import SessionService
from users.service.sign_in_threads import SignInThreads

SIGN_IN_PROBLEMS = (
    COMMON_PROBLEMS
    | BODY_PROBLEMS
    | problems(_429="Too many attempts for this account or from this address; `Retry-After` says when to try again")
)
WRONG = problems(_401="User name or password is wrong; which of the two is not said")


def _state(name: str) -> Callable[[Request], Awaitable[Any]]:
    """The dependency wired under this name."""

    async def of_app(request: Request) -> Any:
        return getattr(request.app.state, name)

    return of_app


async def caller_network(request: Request) -> str:
    """The caller's network. The gateway names its client in X-Forwarded-For, replacing the client's own header."""
    named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return network_of(named or (request.client.host if request.client else "unknown"))


Network = Annotated[str, Depends(caller_network)]
ServiceDep = Annotated[UserService, Depends(_state("service"))]
SessionsDep = Annotated[SessionService, Depends(_state("sessions"))]
LinksDep = Annotated[AccountLinks, Depends(_state("links"))]
LoaderDep = Annotated[AccountLoader, Depends(_state("loader"))]
ThreadsDep = Annotated[SignInThreads, Depends(_state("sign_in_threads"))]
