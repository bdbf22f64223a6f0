"""`bin/rebuild-waitlists`: rebuild every line in Redis from DynamoDB and print what differed.

Safe at any time, also under load: a line is only ever moved forward, and only what differs is written.
"""

import argparse
import sys

from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.domain.class_section import ClassStatus
from enrollment.settings import EnrollmentSettings
from kit.errors import Unavailable
from kit.observability import logs
from kit.settings import load


def main() -> None:
    argparse.ArgumentParser(prog="bin/rebuild-waitlists", description=__doc__).parse_args()
    settings = load(EnrollmentSettings)
    logs.configure("WARNING")
    try:
        rebuild(bootstrap(settings, "rebuild-waitlists"))
    except Unavailable as error:
        sys.exit(f"bin/rebuild-waitlists: {error}")


def rebuild(deps: Dependencies) -> None:
    classes = differing = 0
    for status in (ClassStatus.ACTIVE, ClassStatus.INACTIVE):
        for page in deps.classes.pages(status):
            for section in page:
                classes += 1
                shown = deps.waitlists.show(section.class_id)
                if deps.rebuilder.compare(section.class_id):
                    differing += 1
                    print(f"class {section.class_id}: {_difference(shown, deps.waitlists.show(section.class_id))}")  # noqa: T201
    print(f"{classes} lines compared, {differing} differed and were rebuilt")  # noqa: T201


def _difference(shown: list[int], true: list[int]) -> str:
    if shown == true:
        return "only the version or the date was missing in Redis"
    return f"Redis had {_text(shown)}; DynamoDB has {_text(true)}"


def _text(students: list[int]) -> str:
    return ", ".join(map(str, students)) or "nobody"


if __name__ == "__main__":
    main()
