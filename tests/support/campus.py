"""A world with accounts and a users service that knows them: what rosters are loaded into and exported from."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from enrollment.adapters.people import People
from tests.support.serving import served
from tests.support.world import World
from users.adapters.account_store import AccountStore
from users.app import create_app
from users.domain.account import Account, Role
from users.settings import UsersSettings

ROOT = Path(__file__).parents[2]
LOOKS_LIKE_A_HASH = "no password fits this"


@dataclass(frozen=True)
class Campus:
    world: World
    accounts: AccountStore
    users: httpx.Client

    @property
    def people(self) -> People:
        return People(self.users)

    def add_people(self, *names: str, role: Role = "student") -> list[int]:
        """Their ids."""
        return [self._add(name, role) for name in names]

    def _add(self, name: str, role: Role) -> int:
        account = Account(self.accounts.next_id(), name, f"{name}@example.com", (role,), LOOKS_LIKE_A_HASH)
        self.accounts.add(account)
        return account.id

    def run(self, command: str, *arguments: "str | Path", **settings: str) -> "subprocess.CompletedProcess[str]":
        """One of the commands in `bin/`."""
        words: Sequence[str | Path] = [ROOT / "bin" / command, *arguments]
        environment = self.world.environment(**{"USERS_URL": str(self.users.base_url), **settings})
        return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)


@contextmanager
def campus(world: World, keys_dir: Path) -> Iterator[Campus]:
    settings = UsersSettings(
        environment="development",
        dynamodb_endpoint=world.settings.dynamodb_endpoint,
        table_prefix=world.settings.table_prefix,
        jwt_issuer="the issuer",
        jwt_audience="the audience",
        keys_dir=keys_dir,
        reply_within_s=9,
    )
    accounts = AccountStore(world.deps.database, settings.table_prefix)
    with served(create_app(settings)) as users:
        yield Campus(world, accounts, users)
    for table in (accounts.table, f"{settings.table_prefix}SignInTries"):
        world.deps.database.delete_table(TableName=table)
