"""What the use cases ask of stores; `users.adapters` has it.

Each call raises kit.errors.Unavailable when what it asks does not answer.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from joserfc.jwk import RSAKey

from users.domain.account import Account, Role


class AccountStore(Protocol):
    def next_id(self) -> int: ...
    def add(self, account: Account) -> None: ...
    def get_by_name(self, username: str) -> Account | None: ...
    def require(self, user_id: int) -> Account: ...
    def those(self, user_ids: Collection[int]) -> list[Account]: ...
    def of_address(self, email: str) -> list[Account]: ...
    def set_roles(self, account: Account, roles: tuple[Role, ...]) -> None:
        """Raises LastRegistrar and RolesChanged."""

    def replace_hash(self, account: Account, new_hash: str) -> None: ...


class Counters(Protocol):
    def add(self, key: str, expires_at_s: int) -> int: ...
    def read(self, keys: Sequence[str]) -> list[int]: ...


class SigningKey(Protocol):
    @property
    def key(self) -> RSAKey: ...
    @property
    def kid(self) -> str: ...


class SigningKeys(Protocol):
    def current(self) -> SigningKey: ...
