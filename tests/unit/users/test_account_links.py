"""The rules of links that are sent by mail: who gets one, how long and how often it is good, and who learns nothing."""

import json

import pytest

from etc.contracts.account_mails import Purpose
from kit.errors import Unavailable
from tests.unit.users.fakes import AccountsInMemory, CountersInMemory, CountingPasswords, OneKey
from users.domain.account import Account
from users.domain.errors import LinkOver, RateLimited, WrongCredentials
from users.domain.links import LIFETIMES_S, Link
from users.domain.secret_tokens import hash_of
from users.service.account_links import AccountLinks
from users.service.accounts import UserService
from users.service.sign_in_limits import LINK_WINDOW_S, LINKS_PER_ACCOUNT, Limits, SignInLimits
from users.service.tokens import TokenIssuer

ADDRESS = "192.0.2.1"
PASSWORD = "jack's password"
NEW = "another sentence"


class LinksInMemory:
    """As users.adapters.link_store; `mails` are those that were written with a link."""

    def __init__(self, accounts: AccountsInMemory) -> None:
        self.accounts = accounts
        self.links: dict[tuple[int, Purpose], Link] = {}
        self.mails: list[dict[str, str]] = []
        self.pretended = 0

    def put(self, account: Account, link: Link, event_id: str, body: bytes, now: str) -> None:
        self.links[account.id, link.purpose] = link
        self.mails.append(json.loads(body))

    def pretend(self) -> None:
        self.pretended += 1

    def is_good(self, account: Account, purpose: Purpose, hash_: str, now_s: int) -> bool:
        link = self.links.get((account.id, purpose))
        return link is not None and link.hash == hash_ and link.until_s > now_s

    def use(self, account: Account, purpose: Purpose, hash_: str, now_s: int, new_password_hash: str | None) -> None:
        if not self.is_good(account, purpose, hash_, now_s):
            raise LinkOver
        del self.links[account.id, purpose]
        if new_password_hash:
            self.accounts.change_password(account, new_password_hash)


class World:
    def __init__(self, *, failures_per_network: int = 0) -> None:
        self.now_s = 1_702_450_800
        self.passwords = CountingPasswords()
        jack = Account(1, "jack", "jack@example.com", ("student",), self.passwords.hash(PASSWORD))
        self.accounts = AccountsInMemory(jack)
        self.store = LinksInMemory(self.accounts)
        tokens = TokenIssuer(issuer="the issuer", audience="the audience", lifetime_s=300, keys=OneKey())
        limits = SignInLimits(CountersInMemory(), Limits(0, failures_per_network, 0), clock=lambda: self.now_s)
        self.users = UserService(self.accounts, self.passwords, tokens, limits)
        self.told = 0
        self.links = AccountLinks(
            self.users, self.store, self.passwords, limits, "https://e.example", self._tell, lambda: self.now_s
        )

    def _tell(self) -> None:
        self.told += 1

    def forgot(self, username: str = "jack") -> None:
        self.links.forgot(username, "de", network=ADDRESS)

    @property
    def token(self) -> str:
        return self.store.mails[-1]["link"].partition("=")[2]


@pytest.fixture
def world() -> World:
    return World()


def test_a_link_goes_to_the_address_of_the_account_and_sets_a_password_once(world: World) -> None:
    world.forgot("Jack")
    [mail] = world.store.mails
    assert (mail["email"], mail["language"], mail["purpose"], world.told) == ("jack@example.com", "de", "reset", 1)
    assert mail["link"].startswith("https://e.example/#reset=1.")

    world.links.reset(world.token, NEW)
    assert world.users.authenticate("jack", NEW, network=ADDRESS).session_epoch == 1
    with pytest.raises(LinkOver):
        world.links.reset(world.token, "a third one")


def test_what_is_stored_is_no_token(world: World) -> None:
    world.forgot()
    [link] = world.store.links.values()
    assert world.token.partition(".")[2] not in repr(link)
    assert link.hash == hash_of(world.token.partition(".")[2])


def test_a_link_expires(world: World) -> None:
    world.forgot()
    world.now_s += LIFETIMES_S["reset"]
    with pytest.raises(LinkOver):
        world.links.reset(world.token, NEW)
    world.links.ask_to_verify("jack", PASSWORD, "en", network=ADDRESS)
    world.now_s += LIFETIMES_S["verify"]
    with pytest.raises(LinkOver):
        world.links.verify(world.token)


def test_the_newest_link_counts(world: World) -> None:
    world.forgot()
    first = world.token
    world.forgot()
    with pytest.raises(LinkOver):
        world.links.reset(first, NEW)
    world.links.reset(world.token, NEW)


def test_a_link_is_good_for_its_own_purpose_alone(world: World) -> None:
    world.links.ask_to_verify("jack", PASSWORD, "en", network=ADDRESS)
    with pytest.raises(LinkOver):
        world.links.reset(world.token, NEW)
    world.links.verify(world.token)


@pytest.mark.parametrize("token", ["", "1", "1.", ".x", "1.guessed", "2.x", "one.x", "-1.x", "9" * 400 + ".x"])
def test_what_is_no_link_costs_no_hash(world: World, token: str) -> None:
    world.forgot()
    hashed = world.passwords.hashed
    with pytest.raises(LinkOver):
        world.links.reset(token, NEW)
    assert world.passwords.hashed == hashed


def test_of_an_account_that_is_none_nothing_is_said_and_as_much_is_done(world: World) -> None:
    world.forgot("nobody")
    assert (world.store.mails, world.store.pretended) == ([], 1)


def test_nobody_gets_more_than_a_few_and_who_asks_does_not_learn_it(world: World) -> None:
    for _ in range(LINKS_PER_ACCOUNT + 2):
        world.forgot()
    assert (len(world.store.mails), world.store.pretended) == (LINKS_PER_ACCOUNT, 2)
    world.now_s += LINK_WINDOW_S
    world.forgot()
    assert len(world.store.mails) == LINKS_PER_ACCOUNT + 1


def test_a_network_that_asks_very_often_is_refused_whatever_it_asks_for() -> None:
    world = World(failures_per_network=2)
    for name in ("nobody", "jack"):
        world.forgot(name)
    for name in ("nobody", "jack"):
        with pytest.raises(RateLimited):
            world.forgot(name)


def test_verifying_needs_the_password(world: World) -> None:
    with pytest.raises(WrongCredentials):
        world.links.ask_to_verify("jack", "guessed", "en", network=ADDRESS)
    assert world.store.mails == []


def test_where_no_mails_are_sent_it_is_said(world: World) -> None:
    links = AccountLinks(world.users, world.store, world.passwords, world.links._limits, "https://e.example", None)
    with pytest.raises(Unavailable):
        links.forgot("jack", "en", network=ADDRESS)
