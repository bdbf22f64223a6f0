"""Bodies of requests. Fields that are not named here are ignored, `roles` in a registration among them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, EmailStr, Field

from users.domain.account import EMAIL_PATTERN, NAME_PATTERN, Role, require_safe_email, require_safe_name

MOST_MADE = 5  # at once: each takes a core for 20 ms or more, and more where it is busy

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
    """An account that a file describes. Without a password there, one is made up."""

    username: UserName
    email: Email
    password: Password | None = None


class AccountRow(StudentRow):
    """Registrars are made by bin/create-user alone."""

    roles: list[Literal["student", "instructor"]] = Field(default=["student"], min_length=1, max_length=10)


class AccountUpload(BaseModel):
    """Rows of a file. Each is looked at by itself: its faults keep no other from being made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"accounts": [{"username": "jo", "email": "jo@example.com"}], "dry_run": True}],
        }
    )

    accounts: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=100,
        description="each with `username`, `email`, `password` (may be missing in a dry run) and, if wanted, `roles` "
        f"(student, instructor; student where it is missing); at most {MOST_MADE} that are to be made",
    )
    dry_run: bool = Field(default=False, strict=True, description="only say what would happen to each")


class Credentials(BaseModel):
    """A name and a password that may be anything: what does not fit an account is wrong, not malformed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "jo", "password": "a long sentence is easy to keep"}]}
    )

    username: str = Field(max_length=256)
    password: str = Field(max_length=1024)


class Login(Credentials):
    session: bool = Field(
        default=False,
        strict=True,
        description="also give a refresh token, and an access token that lives shorter: for who stays a while",
    )


class PasswordChange(Credentials):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "username": "jo",
                    "password": "a long sentence is easy to keep",
                    "new_password": "another sentence is as easy",
                }
            ]
        }
    )

    new_password: Password


Language = Annotated[Literal["en", "de", "es"], Field(description="of the mail")]


class Forgotten(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "jo"}]})

    username: str = Field(min_length=1, max_length=256)
    language: Language = "en"


class VerificationWish(Credentials):
    language: Language = "en"


class LinkToken(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "13.qY3a7Wm0…"}]})

    token: str = Field(min_length=1, max_length=256, description="what follows `=` in the link")


class PasswordReset(LinkToken):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "13.qY3a7Wm0…", "new_password": "another sentence is as easy"}]}
    )

    new_password: Password


class RefreshToken(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "qY3a7Wm0….b2f0c1…"}]})

    refresh_token: str = Field(min_length=1, max_length=256)


class RoleGrant(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"roles": ["student", "instructor"]}]})

    roles: list[Role] = Field(min_length=1, max_length=10, description="all roles the user has from now on")
