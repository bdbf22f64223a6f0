"""Stand-ins for the parts of the users service that do I/O or take their time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from threading import Event

from joserfc.jwk import RSAKey

from users.domain.account import Account, Role, account_name
from users.domain.errors import NameTaken, NoSuchUser, PasswordChanged
from users.domain.sessions import Session
from users.service.passwords import Passwords


class AccountsInMemory:
    def __init__(self, *accounts: Account) -> None:
        self.by_name = {account_name(account.username): account for account in accounts}
        self.ids_given = 0
        self.reads: list[str] = []

    def next_id(self) -> int:
        self.ids_given += 1
        return 12 + self.ids_given

    def add(self, account: Account) -> None:
        if account_name(account.username) in self.by_name:
            raise NameTaken(account.username)
        self.by_name[account_name(account.username)] = account

    def get_by_name(self, username: str) -> Account | None:
        self.reads.append(username)
        return self.by_name.get(account_name(username))

    def require(self, user_id: int) -> Account:
        for account in self.by_name.values():
            if account.id == user_id:
                return account
        raise NoSuchUser(user_id)

    def set_roles(self, account: Account, roles: tuple[Role, ...]) -> None:
        self.by_name[account_name(account.username)] = replace(account, roles=roles)

    def change_password(self, account: Account, new_hash: str) -> Account:
        if self.by_name[account_name(account.username)].password_hash != account.password_hash:
            raise PasswordChanged
        changed = replace(account, password_hash=new_hash, session_epoch=account.session_epoch + 1)
        self.by_name[account_name(account.username)] = changed
        return changed

    def replace_hash(self, account: Account, new_hash: str) -> None:
        self.by_name[account_name(account.username)] = replace(account, password_hash=new_hash)


class CountingPasswords(Passwords):
    """Real hashes with the cheapest parameters, and a count of what was made and compared."""

    def __init__(self, *, rounds: int = 1) -> None:
        super().__init__(memory_kib=8, rounds=rounds)
        self.hashed = 0
        self.compared: list[str] = []

    def keep_busy(self, until: Event) -> None:
        """Let nothing be hashed until then."""
        self._threads.submit(until.wait, 10)

    def hash(self, password: str) -> str:
        self.hashed += 1
        return super().hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        self.compared.append(password)
        return super().matches(password_hash, password)


class SessionsInMemory:
    """As users.adapters.session_store. `overtaken` is called once before a session is replaced."""

    def __init__(self) -> None:
        self.by_id: dict[str, Session] = {}
        self.ended: list[str] = []
        self.overtaken: Callable[[], object] | None = None

    def add(self, session: Session) -> None:
        self.by_id[session.id] = session

    def get(self, session_id: str) -> Session | None:
        return self.by_id.get(session_id)

    def replace(self, before: Session, after: Session) -> bool:
        if self.overtaken:
            overtaken, self.overtaken = self.overtaken, None
            overtaken()
        if self.by_id.get(before.id) != before:
            return False
        self.by_id[before.id] = after
        return True

    def end(self, session: Session) -> None:
        self.by_id.pop(session.id, None)
        self.ended.append(session.name)


class CountersInMemory:
    """As users.adapters.try_counters."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def add(self, key: str, expires_at_s: int) -> int:
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]

    def read(self, keys: Sequence[str]) -> list[int]:
        return [self.counts.get(key, 0) for key in keys]


@cache
def some_key() -> RSAKey:
    """Made once: that takes a twentieth of a second."""
    return RSAKey.generate_key(2048, auto_kid=True)


class OneKey:
    """A key that signs always, and the set of it."""

    def __init__(self) -> None:
        self.key = some_key()

    @property
    def kid(self) -> str:
        return str(self.key.kid)

    def current(self) -> "OneKey":
        return self
