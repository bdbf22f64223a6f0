"""The routes about logging in, staying logged in, logging out and changing the password."""

from fastapi import APIRouter, Depends, Response

from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, problems
from users.api.dependencies import SIGN_IN_PROBLEMS, WRONG, Network, ServiceDep, SessionsDep, ThreadsDep
from users.api.requests import Login, PasswordChange, RefreshToken
from users.api.schemas import Message, SessionToken, Token

_OVER = problems(_401="The session is over: expired, logged out, or ended by a new password or a token used twice")


async def _not_stored(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"  # RFC 6749 §5.1


router = APIRouter(tags=["sessions"], dependencies=[Depends(_not_stored)])


@router.post(
    "/login",
    summary="Log in",
    responses=SIGN_IN_PROBLEMS | WRONG,
    description="A token for `Authorization: Bearer …`, which the keys of `/.well-known/jwks.json` verify. With "
    "`session` also a refresh token, and the access token lives for minutes and names the session (`sid`): "
    "logging out ends both.",
)
async def login(
    given: Login, network: Network, service: ServiceDep, sessions: SessionsDep, threads: ThreadsDep
) -> SessionToken | Token:
    if given.session:
        return SessionToken.of(await threads.run(sessions.log_in, given.username, given.password, network=network))
    token = await threads.run(service.log_in, given.username, given.password, network=network)
    return Token(access_token=token, expires_in=service.token_lifetime_s)


@router.post(
    "/refresh",
    summary="Stay logged in",
    responses=COMMON_PROBLEMS | BODY_PROBLEMS | _OVER,
    description="New tokens for this refresh token, which is used with it; with the roles the account has now. "
    "Asked again within 30 s, and before the new one was used, the reply has the same refresh token: a reply that "
    "was lost, or two tabs at once, end no session. Any later use of a used token does (RFC 9700 §4.14.2).",
)
def refresh(given: RefreshToken, sessions: SessionsDep) -> SessionToken:
    return SessionToken.of(sessions.refresh(given.refresh_token))


@router.post(
    "/logout",
    summary="Log out",
    responses=COMMON_PROBLEMS | BODY_PROBLEMS,
    description="The refresh token gives no more tokens from now on, and the session's access tokens are refused "
    "within about a second. The reply is the same for what is no token any more (RFC 7009 §2.2).",
)
def log_out(given: RefreshToken, sessions: SessionsDep) -> Message:
    sessions.end(given.refresh_token)
    return Message(message="You are logged out")


@router.post(
    "/password",
    summary="Change the password",
    responses=SIGN_IN_PROBLEMS | WRONG | problems(_409="The password has just been changed by somebody else"),
    description="The old password is needed. All sessions of the account are over, as by logging out; the reply "
    "begins a new one.",
)
async def change_password(
    given: PasswordChange, network: Network, sessions: SessionsDep, threads: ThreadsDep
) -> SessionToken:
    old, new = given.password, given.new_password
    return SessionToken.of(await threads.run(sessions.change_password, given.username, old, new, network=network))
