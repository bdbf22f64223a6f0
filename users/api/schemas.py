"""What callers get."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from users.domain.account import Account, Role


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


class UploadResult(BaseModel):
    outcome: Literal["good", "added", "kept", "bad"] = Field(
        description="good: would be made; kept: the account is there already and stays as it is"
    )
    detail: str | None = Field(default=None, description="what is wrong with a bad one")


class UploadResults(BaseModel):
    results: list[UploadResult] = Field(description="in the order of the rows")


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


class Message(BaseModel):
    message: str = Field(examples=["The password is right"])
