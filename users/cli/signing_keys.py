"""The keys that sign tokens, in KEYS_DIR: `bin/rotate-keys` or `python -m users.cli.signing_keys COMMAND`.

ensure   make the first key, if there is none
rotate   publish a new key, which signs KEY_PUBLISH_LEAD_S later; tokens of the one before stay good until they expire
list     show the keys, the oldest first
revoke   drop a key that fell into wrong hands: its tokens are refused as soon as gateways have asked again
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from kit.settings import load
from users.adapters.signing_keys import SigningKey
from users.bootstrap import signing_keys
from users.settings import SigningKeySettings


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="signing_keys", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in ("ensure", "rotate", "list"):
        commands.add_parser(name)
    commands.add_parser("revoke").add_argument("kid", help="as `list` shows it")
    arguments = parser.parse_args()
    keys = signing_keys(load(SigningKeySettings))
    if arguments.command == "ensure":
        keys.ensure()
    elif arguments.command == "rotate":
        keys.rotate()
    elif arguments.command == "revoke" and not keys.revoke(arguments.kid):
        sys.exit(f"There is no key {arguments.kid}")
    _show(keys.all())


def _show(keys: Sequence[SigningKey]) -> None:
    now_s = time.time()
    signing = max((each.signs_from for each in keys if each.signs_from <= now_s), default=0)
    for each in keys:
        began = datetime.fromtimestamp(each.signs_from, UTC).isoformat()
        if each.signs_from == signing:
            what = f"signs tokens since {began}"
        else:
            what = f"signs tokens from {began} on" if each.signs_from > now_s else "verifies tokens it signed before"
        print(f"{each.kid}  {what}")  # noqa: T201 - a command's result


if __name__ == "__main__":
    main()
