"""The rules of registering, logging in and granting roles."""

from typing import Any

import pytest
from joserfc import jws, jwt

from tests.unit.users.fakes import AccountsInMemory, CountersInMemory, CountingPasswords, OneKey
from users.api.requests import Registration
from users.api.schemas import User
from users.domain.account import Account
from users.domain.errors import NameTaken, NoSuchUser, RateLimited, WrongCredentials
from users.service.accounts import UserService
from users.service.sign_in_limits import Limits, SignInLimits
from users.service.tokens import TokenIssuer

NOW_S = 1_702_450_800
KEY = OneKey()
TOKENS = TokenIssuer(issuer="the issuer", audience="the audience", lifetime_s=1800, keys=KEY)
ADDRESS = "192.0.2.1"
NO_LIMITS = SignInLimits(CountersInMemory(), Limits(0, 0, 0))


@pytest.fixture
def passwords() -> CountingPasswords:
    return CountingPasswords()


@pytest.fixture
def accounts(passwords: CountingPasswords) -> AccountsInMemory:
    jack = Account(1, "jack", "jack@example.com", ("student",), passwords.hash("jack's password"))
    passwords.hashed = 0
    return AccountsInMemory(jack)


@pytest.fixture
def service(accounts: AccountsInMemory, passwords: CountingPasswords) -> UserService:
    return UserService(accounts, passwords, TOKENS, NO_LIMITS, clock=lambda: NOW_S)


def register(service: UserService, username: str = "jo") -> Account:
    return service.register(username, "jo@gmail.com", "correct horse", network=ADDRESS)


def log_in(service: UserService, username: str = "jack", password: str = "jack's password") -> dict[str, Any]:
    """The claims of the token."""
    return jwt.decode(service.log_in(username, password, network=ADDRESS), KEY.key, algorithms=["RS256"]).claims


def test_registering_makes_a_student_whatever_the_body_says(service: UserService, accounts: AccountsInMemory) -> None:
    body = {"username": "jo", "email": "jo@gmail.com", "password": "correct horse"}
    more = {"roles": ["registrar"], "id": 1, "Roles": ["registrar"]}
    wanted = Registration.model_validate(body | more)
    account = service.register(wanted.username, wanted.email, wanted.password, network=ADDRESS)

    assert User.of(account).model_dump() == {"id": 13, "username": "jo", "email": "jo@gmail.com", "roles": ["student"]}
    assert accounts.require(13).roles == ("student",)


def test_a_password_is_kept_as_an_argon2id_hash(service: UserService, accounts: AccountsInMemory) -> None:
    register(service)

    assert accounts.require(13).password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("name", ["jack", "Jack", "JACK"])
def test_a_taken_name_costs_neither_an_id_nor_a_hash(
    service: UserService, accounts: AccountsInMemory, passwords: CountingPasswords, name: str
) -> None:
    with pytest.raises(NameTaken):
        register(service, name)

    assert accounts.ids_given == 0
    assert passwords.hashed == 0


def test_a_login_is_answered_with_a_token(service: UserService) -> None:
    claims = log_in(service)

    assert claims.pop("jti")
    assert claims == {
        "sub": "1",
        "iss": "the issuer",
        "aud": "the audience",
        "iat": NOW_S,
        "exp": NOW_S + 1800,
        "roles": ["student"],
        "scope": "student",
        "username": "jack",
        "email": "jack@example.com",
        "email_verified": False,
    }


def test_a_token_names_the_key_that_signed_it(service: UserService) -> None:
    token = service.log_in("jack", "jack's password", network=ADDRESS)

    assert jws.extract_compact(token.encode()).headers() == {"alg": "RS256", "typ": "JWT", "kid": KEY.kid}


def test_every_token_has_its_own_id(service: UserService) -> None:
    assert log_in(service)["jti"] != log_in(service)["jti"]


def test_an_unknown_user_and_a_wrong_password_read_the_same_and_cost_the_same(
    service: UserService, accounts: AccountsInMemory, passwords: CountingPasswords
) -> None:
    said = []
    for name in ("jack", "nobody"):
        with pytest.raises(WrongCredentials) as refusal:
            log_in(service, name, "a wrong one")
        said.append((refusal.value.status, refusal.value.detail))

    assert said[0] == said[1]
    assert accounts.reads == ["jack", "nobody"]
    assert passwords.compared == ["a wrong one"] * 2
    assert passwords.hashed == 0


def test_a_hash_with_old_parameters_is_replaced_at_the_next_login(accounts: AccountsInMemory) -> None:
    old_hash = accounts.require(1).password_hash
    stricter = CountingPasswords(rounds=2)
    service = UserService(accounts, stricter, TOKENS, NO_LIMITS)

    log_in(service)
    new_hash = accounts.require(1).password_hash
    log_in(service)

    assert new_hash != old_hash
    assert not stricter.is_outdated(new_hash)
    assert stricter.hashed == 1


def test_a_wrong_password_replaces_no_hash(accounts: AccountsInMemory) -> None:
    old_hash = accounts.require(1).password_hash
    service = UserService(accounts, CountingPasswords(rounds=2), TOKENS, NO_LIMITS)

    with pytest.raises(WrongCredentials):
        log_in(service, "jack", "a wrong one")

    assert accounts.require(1).password_hash == old_hash


def test_a_caller_with_too_many_tries_is_refused_before_anything_is_looked_up(
    accounts: AccountsInMemory, passwords: CountingPasswords
) -> None:
    limits = SignInLimits(CountersInMemory(), Limits(1, 2, 0), clock=lambda: NOW_S + 15)
    service = UserService(accounts, passwords, TOKENS, limits)
    log_in(service)
    register(service)
    register(service, "ann")
    accounts.reads.clear()
    passwords.compared.clear()

    with pytest.raises(RateLimited) as refusal:
        log_in(service)
    with pytest.raises(RateLimited):
        service.authenticate("jack", "jack's password", network=ADDRESS)
    with pytest.raises(RateLimited):
        register(service, "bob")

    assert refusal.value.retry_after_s == 45
    assert accounts.reads == []
    assert passwords.compared == []


def test_granted_roles_replace_those_before_and_count_from_the_next_login(service: UserService) -> None:
    assert service.set_roles(1, {"registrar", "student"}).roles == ("student", "registrar")
    assert service.set_roles(1, {"instructor"}).roles == ("instructor",)

    assert log_in(service)["roles"] == ["instructor"]


def test_nobody_can_be_granted_roles_who_does_not_exist(service: UserService) -> None:
    with pytest.raises(NoSuchUser):
        service.set_roles(99, {"registrar"})
