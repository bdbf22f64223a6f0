"""The use cases of accounts: one method for each route, without HTTP."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from users.domain.account import Account, Role, in_order
from users.domain.errors import NameTaken, NoSuchName, RolesChanged, WrongCredentials
from users.service.passwords import Passwords
from users.service.ports import AccountStore
from users.service.sign_in_limits import SignInLimits
from users.service.tokens import TokenIssuer

_TRIES = 5


class UserService:
    def __init__(
        self,
        accounts: AccountStore,
        passwords: Passwords,
        tokens: TokenIssuer,
        limits: SignInLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._tokens = tokens
        self._limits = limits
        self._clock = clock

    @property
    def token_lifetime_s(self) -> int:
        return self._tokens.lifetime_s

    def register(self, username: str, email: str, password: str, *, network: str) -> Account:
        """A new account that may do what students may. Raises NameTaken."""
        self._limits.count_registration(network)
        # Looked up first so that a taken name costs neither an id nor a hash; add() decides when two race.
        if self._accounts.get_by_name(username):
            raise NameTaken(username)
        account = Account(
            id=self._accounts.next_id(),
            username=username,
            email=email,
            roles=("student",),
            password_hash=self._passwords.hash(password),
        )
        self._accounts.add(account)
        return account

    def log_in(self, username: str, password: str, *, network: str) -> str:
        """A new token. Raises WrongCredentials."""
        account = self.authenticate(username, password, network=network)
        return self._tokens.issue(account, int(self._clock()))

    def authenticate(self, username: str, password: str, *, network: str) -> Account:
        """The account with this password. One read and one verification, whether there is such an account or not.

        Raises WrongCredentials and RateLimited.
        """
        admission = self._limits.admit(username, network)
        account = self._accounts.get_by_name(username)
        matches = self._passwords.matches(account.password_hash if account else None, password)
        if account is None or not matches:
            self._limits.failed(admission)
            raise WrongCredentials
        self._limits.succeeded(admission)
        if self._passwords.is_outdated(account.password_hash):
            newer = self._passwords.hash(password)
            self._accounts.replace_hash(account, newer)
            return replace(account, password_hash=newer)
        return account

    def user(self, user_id: int) -> Account:
        """Raises NoSuchUser."""
        return self._accounts.require(user_id)

    def user_named(self, username: str) -> Account:
        """In capitals or small letters. Raises NoSuchName."""
        if account := self._accounts.get_by_name(username):
            return account
        raise NoSuchName(username)

    def find(self, username: str) -> Account | None:
        """In capitals or small letters."""
        return self._accounts.get_by_name(username)

    def people(self, user_ids: Collection[int] = (), names: Collection[str] = (), email: str = "") -> list[Account]:
        """Accounts with one of these ids, these user names or this address, by id; nobody is no error."""
        found = {account.id: account for account in self._accounts.those(user_ids)} if user_ids else {}
        if names:
            found |= {account.id: account for account in self._accounts.named(names)}
        if email:
            found |= {account.id: account for account in self._accounts.of_address(email)}
        return [found[user_id] for user_id in sorted(found)]

    def set_roles(self, user_id: int, roles: set[Role]) -> Account:
        """The account with these roles and no others. They are in tokens from the next login on.

        Raises NoSuchUser and LastRegistrar, and RolesChanged if others go on changing the same account.
        """
        for tries_left in reversed(range(_TRIES)):
            account = self._accounts.require(user_id)
            try:
                self._accounts.set_roles(account, in_order(roles))
            except RolesChanged:
                if not tries_left:
                    raise
            else:
                break
        return replace(account, roles=in_order(roles))
