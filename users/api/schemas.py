"""JSON of replies."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from users.domain.account import Account, Role
from users.service.sessions import Grant


class User(BaseModel):
    """An account as others may see it: never with its password's hash."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": 13, "username": "jo", "email": "jo@example.com", "roles": ["student"]}],
        }
    )

    id: int = Field(description="the user id: `sub` of the user's tokens, student or instructor id elsewhere")
    username: str
    email: str
    roles: list[Role]

    @classmethod
    def of(cls, account: Account) -> "User":
        return cls(id=account.id, username=account.username, email=account.email, roles=list(account.roles))


class People(BaseModel):
    people: list[User]


class Instructor(BaseModel):
    id: int = Field(examples=[5])
    username: str = Field(examples=["lovelace"])


class Instructors(BaseModel):
    instructors: list[Instructor]

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> "Instructors":
        teaching = [account for account in accounts if "instructor" in account.roles]
        return cls(instructors=[Instructor(id=account.id, username=account.username) for account in teaching])


class UploadedAccount(BaseModel):
    outcome: Literal["good", "added", "kept", "bad"] = Field(
        description="good: would be made; kept: the account is there already and stays as it is"
    )
    detail: str | None = Field(default=None, description="what is wrong with a bad one")
    code: str | None = Field(default=None, description="the same for programs, as in problem details")


class UploadedAccounts(BaseModel):
    results: list[UploadedAccount] = Field(description="in the order of the rows")


class Token(BaseModel):
    """As OAuth 2.0 has it (RFC 6749 §5.1)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"access_token": "eyJhbGciOi…", "token_type": "Bearer", "expires_in": 1800}],
        }
    )

    access_token: str = Field(
        description="a JSON Web Token signed with RS256: `sub`, `iss`, `aud`, `iat`, `exp`, `jti`, `roles`, `scope` "
        "(the roles, parted by spaces), `username`, `email`"
    )
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - no secret, but what RFC 6750 calls this kind
    expires_in: int = Field(description="seconds from now until the token is refused")


class SessionToken(Token):
    """An access token and what gives the next one (RFC 6749 §5.1, §6)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOi…",
                    "token_type": "Bearer",
                    "expires_in": 300,
                    "refresh_token": "qY3a7Wm0….b2f0c1…",
                    "refresh_expires_in": 7200,
                    "session_ends_in": 43200,
                }
            ],
        }
    )

    refresh_token: str = Field(description="good once, for `POST /refresh`, which gives the next one")
    refresh_expires_in: int = Field(description="seconds from now until it is refused, unused as it is")
    session_ends_in: int = Field(description="seconds from now until nothing but another login helps")

    @classmethod
    def of(cls, grant: Grant) -> "SessionToken":
        return cls(
            access_token=grant.access_token,
            expires_in=grant.expires_in_s,
            refresh_token=grant.refresh_token,
            refresh_expires_in=grant.refresh_expires_in_s,
            session_ends_in=grant.session_ends_in_s,
        )


class Message(BaseModel):
    message: str = Field(examples=["The password is right"])
