"""What callers get."""

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


class Claims(BaseModel):
    """What a token says (RFC 7519 §4.1)."""

    sub: str = Field(description="the user id")
    iss: str
    aud: str
    iat: int = Field(description="seconds since 1970")
    exp: int = Field(description="seconds since 1970")
    jti: str = Field(description="unique")
    roles: list[Role]
    username: str
    email: str


class Login(BaseModel):
    """Unsigned: through the gateway `access_token` is the signed token, and `exp` is left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": {
                        "sub": "13",
                        "iss": "course-enrollment",
                        "aud": "course-enrollment",
                        "iat": 1702450800,
                        "exp": 1702452600,
                        "jti": "0b8f1f5e-3c1e-4c0e-9b0a-0f3f9e3f6f0a",
                        "roles": ["student"],
                        "username": "jo",
                        "email": "jo@example.com",
                    },
                    "exp": 1702452600,
                }
            ]
        }
    )

    access_token: Claims
    exp: int


class Message(BaseModel):
    message: str = Field(examples=["The password is right"])
