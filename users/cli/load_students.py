"""Load accounts from a CSV file or a OneRoster package. An account that is there already is left as it is.

A CSV file makes students. Columns: username, email, and, if wanted, password. A folder or a ZIP archive is a package of
OneRoster 1.2: its users.csv makes students and, where roles.csv calls them teachers, instructors.
Accounts without a password in the file get one that is made up; those are written to a new file that only you can read,
each before its account is made. Hand them out by a safe way and delete the file. After a load that was repeated, a
student's password is the one in the newest file that names the student.
Most of the time goes into the passwords' Argon2id hashes, on all cores.
"""

import argparse
import csv
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from kit import bulk_load
from kit.bulk_load import BulkLoad, Outcome, one_by_one
from kit.observability import logs
from kit.settings import DynamoSettings, load
from users.adapters.account_store import AccountStore
from users.api.requests import AccountRow, StudentRow
from users.bootstrap import account_store
from users.cli.oneroster_accounts import accounts as rostered
from users.domain.account import account_name
from users.service.account_loader import AccountLoader
from users.service.passwords import Passwords

CORES = os.cpu_count() or 1
THREADS = CORES + 2  # while some wait for the database, the others hash


class PasswordFile:
    """The passwords that were made up. There is no file before there is one of them. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._lock = threading.Lock()

    def add(self, username: str, password: str) -> None:
        """Returns when the password is in the file."""
        with self._lock:
            if self.count == 0:
                # New and ours alone: a file or link that is there already is never written to.
                self._write(os.O_CREAT | os.O_EXCL, ("username", "password"))
            self._write(os.O_APPEND, (username, password))
            self.count += 1

    def _write(self, how: int, cells: tuple[str, str]) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_NOFOLLOW | how, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(cells)


def loader(
    accounts: AccountStore, made_up: PasswordFile, passwords: Passwords, row: type[StudentRow] = StudentRow
) -> BulkLoad[StudentRow]:
    loading = AccountLoader(accounts, passwords)

    def add(row: StudentRow) -> Outcome:
        wanted = row if isinstance(row, AccountRow) else AccountRow(**dict(row))
        return loading.add(wanted, made_up.add)

    return BulkLoad(row, lambda row: account_name(row.username), one_by_one(add), THREADS)


def passwords_beside(path: Path) -> Path:
    """A name that no load had before, not even one within the same second."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return path.with_name(f"{path.stem}.passwords-{now}.csv")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bin/load-students",
        description=__doc__,
        epilog=bulk_load.STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE.csv|FOLDER|FILE.zip")
    parser.add_argument("--passwords", metavar="NEW.csv", help="where made-up passwords go (beside the file)")
    arguments = parser.parse_args()
    logs.configure("INFO")  # which says so when the database is waited for
    accounts = account_store(load(DynamoSettings))
    path = bulk_load.path_of(arguments.file)
    new = bulk_load.path_of(arguments.passwords) if arguments.passwords else passwords_beside(path)
    if new.exists():
        parser.error(f"{new} is there already; name a new file")
    made_up = PasswordFile(new)
    passwords = Passwords(at_once=CORES)
    if path.is_dir() or path.suffix.lower() == ".zip":
        status = loader(accounts, made_up, passwords, AccountRow).run_rows(rostered(path))
    else:
        status = loader(accounts, made_up, passwords).run(path)
    if made_up.count:
        print(f"{made_up.count} made-up passwords: {new}")  # noqa: T201 - a command's result
    sys.exit(status)


if __name__ == "__main__":
    main()
