"""Accounts, and the names and addresses they may have."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic_core import PydanticCustomError

Role = Literal["student", "instructor", "registrar"]
ROLES: tuple[Role, ...] = get_args(Role)

# KrakenD writes user name and e-mail address of the token into the service's path without escaping them, so neither
# may hold anything that means something there. krakend/templates/token.tmpl refuses tokens that break these rules.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
EMAIL_PATTERN = r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$"


@dataclass(frozen=True)
class Account:
    id: int
    username: str
    email: str
    roles: tuple[Role, ...]
    password_hash: str
    session_epoch: int = 0  # how often all its sessions were ended
    email_verified: bool = False


def account_name(username: str) -> str:
    """Under what an account is kept: "Jack" and "jack" are one, so nobody can pass for another by a capital."""
    return username.lower()


def in_order(roles: set[Role]) -> tuple[Role, ...]:
    return tuple(role for role in ROLES if role in roles)


def require_safe_name(username: str) -> str:
    """The name itself, if it is one."""
    if not re.fullmatch(NAME_PATTERN, username):
        raise PydanticCustomError(
            "unsafe_name", "use letters, digits, '.', '_' and '-' only, and begin with a letter or digit"
        )
    return username


def require_safe_email(email: object) -> object:
    """The text, if it can stand in a path. It need not be an address."""
    if isinstance(email, str) and not re.fullmatch(EMAIL_PATTERN, email):
        raise PydanticCustomError(
            "unsafe_email", "use an address of letters, digits, '.', '_', '+' and '-' only, as in jack@example.com"
        )
    return email
