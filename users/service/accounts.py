"""What can be done with accounts: one method for each route, without HTTP."""

import time
from collections.abc import Callable
from typing import Protocol

from users.api.requests import Credentials, Registration
from users.api.schemas import Login, Message, User
from users.domain.account import Account, Role, in_order
from users.domain.errors import NameTaken, WrongCredentials
from users.service.passwords import Passwords
from users.service.tokens import TokenMaker


class AccountStore(Protocol):
    def next_id(self) -> int: ...
    def add(self, account: Account) -> None: ...
    def get_by_name(self, username: str) -> Account | None: ...
    def require(self, user_id: int) -> Account: ...
    def set_roles(self, account: Account, roles: tuple[Role, ...]) -> None: ...
    def replace_hash(self, account: Account, new_hash: str) -> None: ...


class TryCounter(Protocol):
    def count(self, address: str, now_s: int) -> None: ...


class UserService:
    def __init__(
        self,
        accounts: AccountStore,
        passwords: Passwords,
        tokens: TokenMaker,
        tries: TryCounter,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._tokens = tokens
        self._tries = tries
        self._clock = clock

    def register(self, wanted: Registration, address: str) -> User:
        """A new account that may do what students may. Raises NameTaken."""
        self._tries.count(address, int(self._clock()))
        # Looked up first so that a taken name costs neither an id nor a hash; add() decides when two race.
        if self._accounts.get_by_name(wanted.username):
            raise NameTaken(wanted.username)
        account = Account(
            id=self._accounts.next_id(),
            username=wanted.username,
            email=wanted.email,
            roles=("student",),
            password_hash=self._passwords.hash(wanted.password),
        )
        self._accounts.add(account)
        return User.of(account)

    def log_in(self, given: Credentials, address: str) -> Login:
        """The claims of a new token. Raises WrongCredentials."""
        claims = self._tokens.claims_for(self._authenticate(given, address), int(self._clock()))
        return Login(access_token=claims, exp=claims.exp)

    def check_password(self, given: Credentials, address: str) -> Message:
        """Raises WrongCredentials."""
        self._authenticate(given, address)
        return Message(message="The password is right")

    def user(self, user_id: int) -> User:
        return User.of(self._accounts.require(user_id))

    def set_roles(self, user_id: int, roles: set[Role]) -> User:
        """The user with these roles and no others. They are in tokens from the next login on."""
        account = self._accounts.require(user_id)
        self._accounts.set_roles(account, in_order(roles))
        return User.of(account).model_copy(update={"roles": list(in_order(roles))})

    def _authenticate(self, given: Credentials, address: str) -> Account:
        """One read and one verification, whether there is such an account or not."""
        self._tries.count(address, int(self._clock()))
        account = self._accounts.get_by_name(given.username)
        matches = self._passwords.matches(account.password_hash if account else None, given.password)
        if account is None or not matches:
            raise WrongCredentials
        if self._passwords.is_outdated(account.password_hash):
            self._accounts.replace_hash(account, self._passwords.hash(given.password))
        return account
