"""Make an account with any role, among them the first registrar's: `bin/create-user --help`."""

import argparse
import getpass
import sys

from pydantic import ValidationError

from kit.errors import AppError
from kit.settings import DynamoSettings, load
from users.api.requests import Registration
from users.bootstrap import account_store
from users.domain.account import ROLES, Account, in_order
from users.service.passwords import Passwords


def main() -> None:
    arguments = _parser().parse_args()
    try:
        wanted = Registration(username=arguments.username, email=arguments.email, password=_password())
    except ValidationError as error:
        raise SystemExit("\n".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors())) from None
    accounts = account_store(load(DynamoSettings))
    try:
        account = Account(
            id=accounts.next_id(),
            username=wanted.username,
            email=wanted.email,
            roles=in_order(set(arguments.role)),
            password_hash=Passwords().hash(wanted.password),
        )
        accounts.add(account)
    except AppError as error:
        raise SystemExit(error.detail) from None
    print(f"User {account.id}: {account.username}, {', '.join(account.roles)}")  # noqa: T201 - a command's result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="create-user",
        description="Make an account. The password is asked for, or is the first line of what is piped in.",
    )
    parser.add_argument("--username", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument("--role", required=True, action="append", choices=ROLES, help="may be given several times")
    return parser


def _password() -> str:
    """Never an argument: those are seen by everybody on the machine."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise SystemExit("The two passwords differ")
    return password


if __name__ == "__main__":
    main()
