"""The routes' dependencies from the application, as short types, and the parameters and replies they share.

The dependencies are coroutines, though they wait for nothing: FastAPI would send a plain function to a thread.
"""

from typing import Annotated

from fastapi import Depends, Request

from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, problems
from kit.web.wired import wired
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


async def caller_network(request: Request) -> str:
    """The caller's network. The gateway names its client in X-Forwarded-For, replacing the client's own header."""
    named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return network_of(named or (request.client.host if request.client else "unknown"))


Network = Annotated[str, Depends(caller_network)]
ServiceDep = Annotated[UserService, Depends(wired("service"))]
SessionsDep = Annotated[SessionService, Depends(wired("sessions"))]
LinksDep = Annotated[AccountLinks, Depends(wired("links"))]
LoaderDep = Annotated[AccountLoader, Depends(wired("loader"))]
ThreadsDep = Annotated[SignInThreads, Depends(wired("sign_in_threads"))]
