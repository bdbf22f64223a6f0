"""What callers send. Fields that are not named here are ignored, `roles` in a registration among them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, EmailStr, Field

from users.domain.account import EMAIL_PATTERN, NAME_PATTERN, Role, require_safe_email, require_safe_name

UserName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=32,
        description="unique, capitals and small letters being the same; letters, digits, `.`, `_` and `-`",
        json_schema_extra={"pattern": NAME_PATTERN},
    ),
    AfterValidator(require_safe_name),
]
Email = Annotated[
    EmailStr,
    Field(max_length=254, description="where notices go", json_schema_extra={"pattern": EMAIL_PATTERN}),
    BeforeValidator(require_safe_email),  # before: EmailStr would take "Jo <jo@example.com>" for jo@example.com
]
Password = Annotated[str, Field(min_length=8, max_length=128, description="any characters, 8 to 128 of them")]


class Registration(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"username": "jo", "email": "jo@example.com", "password": "a long sentence is easy to keep"}]
        }
    )

    username: UserName
    email: Email
    password: Password


class StudentRow(BaseModel):
    """An account that a file describes. Who has no password there gets one that is made up."""

    username: UserName
    email: Email
    password: Password | None = None


class AccountRow(StudentRow):
    """Registrars are made by bin/create-user alone."""

    roles: list[Literal["student", "instructor"]] = Field(default=["student"], min_length=1, max_length=10)


class Credentials(BaseModel):
    """A name and a password that may be anything: what does not fit an account is wrong, not malformed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "jo", "password": "a long sentence is easy to keep"}]}
    )

    username: str = Field(max_length=256)
    password: str = Field(max_length=1024)


class RoleGrant(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"roles": ["student", "instructor"]}]})

    roles: list[Role] = Field(min_length=1, max_length=10, description="all roles the user has from now on")
