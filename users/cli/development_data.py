"""Load the demo users, ids 1 to 12: `python -m users.cli.development_data`. Does nothing once there is any account.

They follow from the seed's walk-through (1, 2 and 4 enroll, 13 is the next to register) and from enrollment's
demo classes, which 5 to 7 teach.
"""

from kit.settings import load
from users.bootstrap import account_store
from users.domain.account import Account, Role
from users.service.passwords import Passwords
from users.settings import DemoSettings

NAMES: dict[Role, dict[int, str]] = {
    "student": {1: "jack", 2: "liam", 3: "david", 4: "abhinav", 8: "viditi", 9: "rishub", 10: "mia", 11: "noah"},
    "instructor": {5: "lovelace", 6: "hopper", 7: "turing"},
    "registrar": {12: "registrar"},
}


def demo_accounts(password_hash: str) -> list[Account]:
    return [
        Account(id=user_id, username=name, email=f"{name}@example.com", roles=(role,), password_hash=password_hash)
        for role, people in NAMES.items()
        for user_id, name in people.items()
    ]


def main() -> None:
    settings = load(DemoSettings)
    accounts = account_store(settings)
    # One hash for all: they have one password, and twelve would take a quarter of a second of every first start.
    demo = demo_accounts(Passwords().hash(settings.demo_password.get_secret_value()))
    if accounts.add_first(demo):
        print(f"Loaded {len(demo)} demo users")
    else:
        print("There are accounts already; demo users are left as they are")


if __name__ == "__main__":
    main()
