"""Every refusal is a sentence, and its status is what the routes reply."""

from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from kit.errors import AppError
from users.domain import errors
from users.domain.account import Account, account_name, require_safe_email, require_safe_name
from users.domain.tokens import claims

SENTENCES = [
    (errors.NameTaken, ("jo",), 409, "The user name jo is taken; choose another"),
    (
        errors.NameOfAnother,
        ("jo",),
        409,
        "username: jo is taken by an account with another e-mail or without the role",
    ),
    (errors.PasswordMissing, ("jo",), 409, "password: jo has none, and none is made up here"),
    (errors.TooManyAtOnce, (10,), 409, "At most 10 accounts are made at once; send this one again"),
    (errors.NoSuchUser, (13,), 404, "User 13 does not exist"),
    (errors.NoSuchName, ("jo",), 404, "There is no user of the name jo"),
    (errors.LastRegistrar, (1,), 409, "User 1 is the last registrar; give somebody else the role first"),
    (errors.RolesChanged, (1,), 409, "Somebody else is changing the roles of user 1; look at them and set them again"),
    (errors.WrongCredentials, (), 401, "User name or password is wrong"),
    (errors.RateLimited, (7,), 429, "Too many attempts; try again in 7 s"),
    (errors.TooBusy, (), 503, "Too many people are signing in at this moment; ask again in a second"),
]


@pytest.mark.parametrize(("refusal", "about", "status", "detail"), SENTENCES)
def test_a_refusal_says_what_it_is_about(
    refusal: type[AppError], about: tuple[Any, ...], status: int, detail: str
) -> None:
    refused = refusal(*about)
    assert (refused.status, refused.detail) == (status, detail)


def test_an_account_is_kept_under_its_name_in_small_letters() -> None:
    """Stored by all versions: in capitals nobody would be found any more."""
    assert account_name("Jack.O-Neil_2") == "jack.o-neil_2"


def test_an_unsafe_name_or_address_is_refused_with_what_may_be_used() -> None:
    with pytest.raises(PydanticCustomError) as name:
        require_safe_name("-jo")
    assert (name.value.type, name.value.message_template) == (
        "unsafe_name",
        "use letters, digits, '.', '_' and '-' only, and begin with a letter or digit",
    )
    with pytest.raises(PydanticCustomError) as email:
        require_safe_email("jo@exa mple.com")
    assert (email.value.type, email.value.message_template) == (
        "unsafe_email",
        "use an address of letters, digits, '.', '_', '+' and '-' only, as in jack@example.com",
    )


def test_the_scope_is_the_roles_as_text() -> None:
    both = Account(1, "jo", "jo@example.com", ("instructor", "registrar"), "")
    said = claims(both, issuer="i", audience="a", issued_at_s=100, lifetime_s=60, session=None)
    assert (said["roles"], said["scope"], said["exp"]) == (["instructor", "registrar"], "instructor registrar", 160)
