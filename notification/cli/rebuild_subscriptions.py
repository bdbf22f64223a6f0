"""The second half of `bin/rebuild-views`: make Redis show all subscriptions as DynamoDB has them; say what differed.

Safe at any time, also under load: only what differs is written, and who writes looks again.
"""

import argparse
import sys
from collections.abc import Iterator

from kit.errors import Unavailable
from kit.observability import logs
from kit.settings import load
from kit.stores.redis_client import translated
from notification.settings import CallbackSettings
from notification.stores import Stores, open_stores


def main() -> None:
    argparse.ArgumentParser(prog="bin/rebuild-views", description=__doc__).parse_args()
    settings = load(CallbackSettings)
    logs.configure("WARNING")
    try:
        rebuild(open_stores(settings))
    except Unavailable as error:
        sys.exit(f"bin/rebuild-views: {error}")


def rebuild(stores: Stores) -> None:
    stores.upgrade.require_moved()  # before, Redis holds what DynamoDB does not
    stores.require_redis()
    compared = differing = 0
    for student_id in {*stores.subscriptions.students(), *_shown(stores)}:
        compared += 1
        if stores.view.show(student_id, stores.subscriptions.of):
            differing += 1
            print(f"student {student_id}: Redis showed other subscriptions")  # noqa: T201
    print(f"the subscriptions of {compared} students compared, {differing} differed and were rebuilt")  # noqa: T201


def _shown(stores: Stores) -> Iterator[int]:
    with translated():
        for key in stores.client.scan_iter("subscription:*", count=1000):
            number = key.removeprefix("subscription:")
            if number.isdecimal():
                yield int(number)


if __name__ == "__main__":
    main()
