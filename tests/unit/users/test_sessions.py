"""The rules of sessions: how they are refreshed, and what ends them."""

from dataclasses import replace

import pytest
from joserfc import jwt

from kit.sessions import SessionOver
from tests.unit.users.fakes import AccountsInMemory, CountersInMemory, CountingPasswords, OneKey, SessionsInMemory
from users.domain.account import Account
from users.domain.errors import PasswordChanged, WrongCredentials
from users.domain.sessions import GRACE_S, SessionLimits
from users.service.accounts import UserService
from users.service.sessions import Grant, SessionService
from users.service.sign_in_limits import Limits, SignInLimits
from users.service.tokens import TokenIssuer

KEY = OneKey()
ADDRESS = "192.0.2.1"
PASSWORD = "jack's password"


class World:
    def __init__(self) -> None:
        self.now_s = 1_702_450_800
        self.passwords = CountingPasswords()
        jack = Account(1, "jack", "jack@example.com", ("student",), self.passwords.hash(PASSWORD))
        self.accounts = AccountsInMemory(jack)
        self.sessions = SessionsInMemory()
        tokens = TokenIssuer(issuer="the issuer", audience="the audience", lifetime_s=300, keys=KEY)
        limits = SignInLimits(CountersInMemory(), Limits(0, 0, 0))
        self.users = UserService(self.accounts, self.passwords, tokens, limits, clock=lambda: self.now_s)
        self.service = SessionService(
            self.users,
            self.accounts,
            self.sessions,
            self.passwords,
            tokens,
            SessionLimits(idle_s=1000, lifetime_s=4000),
            clock=lambda: self.now_s,
        )

    def log_in(self, password: str = PASSWORD) -> Grant:
        return self.service.log_in("jack", password, network=ADDRESS)

    def is_over(self, refresh_token: str) -> bool:
        try:
            self.service.refresh(refresh_token)
        except SessionOver:
            return True
        return False


def session_of(grant: Grant) -> str:
    return str(jwt.decode(grant.access_token, KEY.key).claims["sid"])


@pytest.fixture
def world() -> World:
    return World()


def test_a_session_is_refreshed_with_the_roles_of_the_moment(world: World) -> None:
    first = world.log_in()
    jack = world.accounts.require(1)
    world.accounts.set_roles(jack, ("student", "instructor"))
    world.now_s += 240
    second = world.service.refresh(first.refresh_token)

    claims = jwt.decode(second.access_token, KEY.key, algorithms=["RS256"]).claims
    assert (claims["roles"], claims["exp"]) == (["student", "instructor"], world.now_s + 300)
    assert (second.expires_in_s, second.refresh_expires_in_s, second.session_ends_in_s) == (300, 1000, 3760)
    assert second.refresh_token != first.refresh_token


def test_what_is_stored_is_no_token(world: World) -> None:
    token = world.service.refresh(world.log_in().refresh_token).refresh_token
    [session] = world.sessions.by_id.values()

    assert token.partition(".")[2] not in repr(session)


def test_the_same_token_again_at_once_gives_the_same_successor(world: World) -> None:
    first = world.log_in().refresh_token
    second = world.service.refresh(first).refresh_token
    world.now_s += GRACE_S

    assert world.service.refresh(first).refresh_token == second
    assert world.service.refresh(second).refresh_token not in {first, second}


def test_two_at_the_same_moment_both_go_on(world: World) -> None:
    first = world.log_in().refresh_token
    replies: list[Grant] = []
    world.sessions.overtaken = lambda: replies.append(world.service.refresh(first))
    replies.append(world.service.refresh(first))

    assert replies[0].refresh_token == replies[1].refresh_token
    assert not world.is_over(replies[0].refresh_token)


@pytest.mark.parametrize("uses", ["later", "after its successor"])
def test_a_token_that_was_used_before_ends_the_session(world: World, uses: str) -> None:
    first = world.log_in().refresh_token
    newest = world.service.refresh(first).refresh_token
    if uses == "later":
        world.now_s += GRACE_S + 1
    else:
        newest = world.service.refresh(newest).refresh_token

    assert world.is_over(first)
    assert world.is_over(newest)


@pytest.mark.parametrize("nonsense", ["", ".", "a", "a.b", "a.b.c", "é.\0"])
def test_what_is_no_token_is_refused(world: World, nonsense: str) -> None:
    assert world.is_over(nonsense)
    world.service.end(nonsense)


def test_a_session_ends_unused_and_at_last_however_often_it_is_used(world: World) -> None:
    unused, used = world.log_in(), world.log_in()
    for _ in range(4):
        world.now_s += 999
        used = world.service.refresh(used.refresh_token)

    assert world.is_over(unused.refresh_token)
    assert (used.expires_in_s, used.refresh_expires_in_s, used.session_ends_in_s) == (4, 4, 4)
    world.now_s += 4
    assert world.is_over(used.refresh_token)


def test_logging_out_ends_the_session_and_no_other(world: World) -> None:
    one, other = world.log_in().refresh_token, world.log_in().refresh_token
    world.service.end(one)
    world.service.end(one)

    assert world.is_over(one)
    assert not world.is_over(other)


def test_access_tokens_name_their_session_and_what_ends_it_names_it_too(world: World) -> None:
    first = world.log_in()
    token = world.service.refresh(first.refresh_token)
    names = {session_of(first), session_of(token)}
    world.service.end(token.refresh_token)

    assert names == {*world.sessions.ended}
    assert session_of(world.log_in()) not in names
    [name] = names
    assert first.refresh_token.partition(".")[0] not in name


def test_what_a_new_password_ends_are_the_sessions_of_earlier_epochs(world: World) -> None:
    before = session_of(world.log_in())
    after = session_of(world.service.change_password("jack", PASSWORD, "another sentence", network=ADDRESS))

    assert (before.split(".")[:2], after.split(".")[:2]) == (["1", "0"], ["1", "1"])


def test_a_token_without_a_session_names_none(world: World) -> None:
    assert "sid" not in jwt.decode(world.users.log_in("jack", PASSWORD, network=ADDRESS), KEY.key).claims


def test_logging_out_with_a_foreign_secret_ends_nothing(world: World) -> None:
    token = world.log_in().refresh_token
    world.service.end(token.partition(".")[0] + ".guessed")

    assert not world.is_over(token)


def test_a_new_password_ends_every_session_but_the_one_it_begins(world: World) -> None:
    others = [world.log_in().refresh_token for _ in range(2)]
    own = world.service.change_password("jack", PASSWORD, "another sentence", network=ADDRESS)

    assert all(world.is_over(other) for other in others)
    assert not world.is_over(own.refresh_token)
    with pytest.raises(WrongCredentials):
        world.log_in()
    assert not world.is_over(world.log_in("another sentence").refresh_token)


def test_a_new_password_needs_the_old_one(world: World) -> None:
    with pytest.raises(WrongCredentials):
        world.service.change_password("jack", "guessed", "another sentence", network=ADDRESS)

    assert not world.is_over(world.log_in().refresh_token)


def test_of_two_new_passwords_at_once_one_counts(world: World) -> None:
    jack = world.accounts.require(1)
    world.accounts.change_password(jack, world.passwords.hash("the faster one"))

    with pytest.raises(PasswordChanged):
        world.accounts.change_password(jack, world.passwords.hash("the slower one"))


def test_a_password_whose_hash_is_outdated_can_be_changed(world: World) -> None:
    jack = world.accounts.require(1)
    old = CountingPasswords(rounds=2).hash(PASSWORD)
    world.accounts.by_name["jack"] = replace(jack, password_hash=old)

    world.service.change_password("jack", PASSWORD, "another sentence", network=ADDRESS)
    world.log_in("another sentence")


def test_the_sessions_of_an_account_that_is_gone_are_over(world: World) -> None:
    token = world.log_in().refresh_token
    world.accounts.by_name.clear()

    assert world.is_over(token)
