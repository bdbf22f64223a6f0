"""The routes about links that are sent by mail: a new password for who forgot theirs, and a verified address."""

from fastapi import APIRouter

from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, problems
from users.api.dependencies import SIGN_IN_PROBLEMS, WRONG, LinksDep, Network, ThreadsDep
from users.api.requests import Forgotten, LinkToken, PasswordReset, VerificationWish
from users.api.schemas import Message

_OVER = problems(_409="The link was used already, has expired, or is not the newest")
_ASKED = "If there is such an account, a mail with a link goes to its address"


router = APIRouter(tags=["links by mail"])


@router.post(
    "/password/forgot",
    summary="Ask for a new password",
    responses=COMMON_PROBLEMS | BODY_PROBLEMS | problems(_429="Too many ask from this address"),
    description="Send a link to the account's address with which a new password is set, once, within 30 minutes. "
    "The reply does not say whether there is such an account; no account gets more than three in 15 minutes.",
)
def forgot(asked: Forgotten, network: Network, links: LinksDep) -> Message:
    links.forgot(asked.username, asked.language, network=network)
    return Message(message=_ASKED)


@router.post(
    "/password/reset",
    summary="Set a new password by the link of a mail",
    responses=SIGN_IN_PROBLEMS | _OVER,
    description="The link is good once. All sessions of the account are over.",
)
async def reset(given: PasswordReset, links: LinksDep, threads: ThreadsDep) -> Message:
    await threads.run(links.reset, given.token, given.new_password)
    return Message(message="The password is changed; log in with it")


@router.post(
    "/email/ask",
    summary="Ask to have the address verified",
    responses=SIGN_IN_PROBLEMS | WRONG,
    description="Send a link to the account's address; who opens it and confirms shows that the address is theirs.",
)
async def ask_to_verify(given: VerificationWish, network: Network, links: LinksDep, threads: ThreadsDep) -> Message:
    await threads.run(links.ask_to_verify, given.username, given.password, given.language, network=network)
    return Message(message="A mail with a link goes to the address of the account")


@router.post(
    "/email/verify",
    summary="Verify the address by the link of a mail",
    responses=COMMON_PROBLEMS | BODY_PROBLEMS | _OVER,
    description="The link is good once, for seven days. Tokens say `email_verified` from the next one on.",
)
def verify(given: LinkToken, links: LinksDep) -> Message:
    links.verify(given.token)
    return Message(message="The address is verified")
