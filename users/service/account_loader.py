"""Many accounts at once, by a command or an upload. Accounts that exist are left alone."""

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from kit.bulk_load import Outcome
from kit.errors import AppError
from users.domain.account import Account, Role, account_name, in_order
from users.domain.errors import NameOfAnother
from users.service.passwords import Passwords
from users.service.ports import AccountStore


class Wanted(Protocol):
    """An account as a file describes it; without a password one is made up."""

    @property
    def username(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def password(self) -> str | None: ...
    @property
    def roles(self) -> Sequence[Role]: ...


class AccountLoader:
    def __init__(self, accounts: AccountStore, passwords: Passwords) -> None:
        self._accounts = accounts
        self._passwords = passwords

    def check(self, rows: Sequence[Wanted]) -> list[Outcome | AppError]:
        """What `add` would do with each of these (at most 100), and does not. Raises Unavailable."""
        if not rows:
            return []
        there = {account_name(each.username): each for each in self._accounts.named([row.username for row in rows])}
        return [_fits(row, there.get(account_name(row.username))) for row in rows]

    def add(self, row: Wanted, on_made_up: Callable[[str, str], None]) -> Outcome:
        """Whether the account was added. `on_made_up` gets name and password of one that was made up, before the
        account is made.

        Raises NameOfAnother, Unavailable, and NameTaken when two race.
        """
        # Asked first, so that repeating a load costs no hashes; AccountStore.add decides when two race.
        fits = _fits(row, self._accounts.get_by_name(row.username))
        if isinstance(fits, AppError):
            raise fits
        if fits == "kept":
            return fits
        password = row.password or secrets.token_urlsafe(12)
        if row.password is None:
            on_made_up(row.username, password)
        password_hash = self._passwords.hash(password)
        roles = in_order(set(row.roles))
        self._accounts.add(Account(self._accounts.next_id(), row.username, row.email, roles, password_hash))
        return fits


def _fits(row: Wanted, there: Account | None) -> Outcome | AppError:
    if there is None:
        return "added"
    if there.email.lower() != row.email.lower() or not set(row.roles) <= set(there.roles):
        return NameOfAnother(row.username)
    return "kept"
