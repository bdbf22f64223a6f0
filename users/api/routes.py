"""The routes of the users service."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, links, problems
from kit.web.params import Id
from users.api.dependencies import SIGN_IN_PROBLEMS, WRONG, Network, ServiceDep, ThreadsDep
from users.api.requests import Credentials, Registration, RoleGrant, UserName
from users.api.schemas import Instructors, Message, People, User

_LINKS = links(get_user={"uid": "$response.body#/id"}, set_roles={"uid": "$response.body#/id"})
_UNKNOWN = problems(_404="There is no such user")
Ids = Annotated[
    str,
    Query(
        pattern=r"^(?:[1-9][0-9]{0,14}(?:,[1-9][0-9]{0,14}){0,99})?$",
        description="up to 100 user ids, with commas between",
        examples=["1,2"],
    ),
]
Names = Annotated[
    str,
    Query(
        pattern=r"^[^,]{0,254}(?:,[^,]{1,64}){0,99}$",
        description="a user name, or up to 100 with commas between",
        examples=["jack,liam"],
    ),
]
Words = Annotated[str, Query(max_length=254)]
UserId = Annotated[Id, Path(description="the user's id", examples=[4])]


router = APIRouter(tags=["users"])


@router.post(
    "/register",
    summary="Register",
    responses=SIGN_IN_PROBLEMS | problems(_409="The user name is taken") | _LINKS,
    description="Make an account. It can do what students can; a registrar grants more with `PUT /roles/{uid}`.",
)
async def register(wanted: Registration, network: Network, service: ServiceDep, threads: ThreadsDep) -> User:
    account = await threads.run(service.register, wanted.username, wanted.email, wanted.password, network=network)
    return User.of(account)


@router.post(
    "/checkpwd",
    summary="Check a password",
    responses=SIGN_IN_PROBLEMS | WRONG,
    description="Whether this is the user's password, without making a token.",
)
async def check_password(given: Credentials, network: Network, service: ServiceDep, threads: ThreadsDep) -> Message:
    await threads.run(service.authenticate, given.username, given.password, network=network)
    return Message(message="The password is right")


@router.get(
    "/getuser/{uid}",
    summary="Look up a user",
    responses=COMMON_PROBLEMS | _UNKNOWN,
    description="Name, address and roles of a user.",
)
def get_user(uid: UserId, service: ServiceDep) -> User:
    return User.of(service.user(uid))


@router.get(
    "/getuser/by-name/{username}",
    summary="Look up a user by name",
    responses=COMMON_PROBLEMS | _UNKNOWN,
    description="Name, address and roles of a user. For other services: the gateway leads nobody here.",
)
def get_user_by_name(username: Annotated[UserName, Path(examples=["abhinav"])], service: ServiceDep) -> User:
    return User.of(service.user_named(username))


@router.get(
    "/people",
    summary="Find people",
    responses=COMMON_PROBLEMS,
    description="Who has one of these ids, these user names or this address: all who fit any of them, by id.",
)
def people(service: ServiceDep, ids: Ids = "", name: Names = "", email: Words = "") -> People:
    names = {one.strip() for one in name.split(",")} - {""}
    found = service.people([int(uid) for uid in ids.split(",") if uid], names, email.strip())
    return People(people=[User.of(account) for account in found])


@router.get(
    "/instructors",
    summary="Name instructors",
    responses=COMMON_PROBLEMS,
    description="User names of those of these accounts that teach, by id, and nothing else of them: for students.",
)
def instructors(service: ServiceDep, ids: Ids = "") -> Instructors:
    return Instructors.of(service.people([int(uid) for uid in ids.split(",") if uid]))


@router.put(
    "/roles/{uid}",
    summary="Set a user's roles",
    responses=COMMON_PROBLEMS | BODY_PROBLEMS | _UNKNOWN | problems(_409="The last registrar keeps the role"),
    description="Give a user these roles and no others. They count from the user's next login on: "
    "a token that was given out before keeps the roles it was given with until it expires.",
)
def set_roles(uid: UserId, grant: RoleGrant, service: ServiceDep) -> User:
    return User.of(service.set_roles(uid, set(grant.roles)))
