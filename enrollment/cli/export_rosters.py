"""Write all classes and who is in them as a package of OneRoster 1.2 (CSV), in which campuses exchange rosters.

FOLDER must be new or empty; FILE.zip must be new. The package has everybody who has a seat, and their instructors;
whoever has dropped a class is not in it. What OneRoster has no place for (seats, state, policies, lines, pauses) is in
two more files, classes-more.txt and waitlists.txt: bin/load-classes reads them, so nothing is lost, and Canvas and
Moodle pass over them. The same rosters make the same files, byte for byte. Not in it, since it belongs to one system
alone: ids, passwords, histories, how long open offers stand, and swaps that wait. The system may be in use: each class
is as it was at one moment.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from errno import EEXIST
from pathlib import Path

from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.service.oneroster_export import Frame, OneRosterExport
from enrollment.settings import EnrollmentSettings
from kit import bulk_load
from kit.bulk_load import Progress
from kit.csv_files import FolderTarget, zip_target
from kit.errors import Unavailable
from kit.observability import logs
from kit.settings import load

LEFT_OUT = 1

STATUSES = """\
Exit status: 0 all is written, 1 all but students without an account, 2 there is something at that place already,
69 a store or service does not answer."""


def main() -> None:
    arguments = _parser().parse_args()
    settings = load(EnrollmentSettings)
    logs.configure("WARNING")
    deps = bootstrap(settings, "export-rosters")
    frame = Frame(arguments.school, arguments.term, arguments.begins, arguments.ends)
    try:
        sys.exit(export(deps, bulk_load.path_of(arguments.target), frame, whole=not arguments.strict))
    except Unavailable as error:
        bulk_load.say(f"Stopped: {error.detail}")
        sys.exit(bulk_load.UNAVAILABLE)
    except OSError as error:
        bulk_load.say(f"{error.filename}: {error.strerror}")
        sys.exit(bulk_load.UNUSABLE)


def export(deps: Dependencies, path: Path, frame: Frame, *, whole: bool) -> int:
    """The exit status. Raises Unavailable, and OSError where the place is taken."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise FileExistsError(EEXIST, "is there already; name a new one", str(path))
    sections = list(_all(deps))
    progress = Progress(sum(section.current_enrollment for section in sections))
    exporting = OneRosterExport(deps.rosters, deps.people)
    found = exporting.read(sections, frame, whole=whole, on_read=progress.tell)
    progress.end()
    if path.suffix.lower() == ".zip":
        with zip_target(path) as archive:
            found.write(archive)
    else:
        path.mkdir(exist_ok=True)
        found.write(FolderTarget(path))
    print(f"{len(sections)} classes: {path}")  # noqa: T201 - a command's result
    if found.left_out:
        bulk_load.say(f"{found.left_out} students without an account are left out")
    return LEFT_OUT if found.left_out else 0


def _all(deps: Dependencies) -> Iterator[ClassSection]:
    for status in (ClassStatus.ACTIVE, ClassStatus.INACTIVE):
        for page in deps.classes.pages(status):
            yield from page


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/export-rosters",
        description=__doc__,
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    usual = Frame.of_this_year()
    parser.add_argument("target", metavar="FOLDER|FILE.zip")
    strict = "only files that OneRoster names, for readers that refuse others; seats, policies and lines are lost"
    parser.add_argument("--strict", action="store_true", help=strict)
    parser.add_argument("--school", default=usual.school, help=f"its name ({usual.school})")
    parser.add_argument("--term", default=usual.term, help="its title (this year)")
    for name, day, what in (("begins", usual.begins, "first day"), ("ends", usual.ends, "day after it")):
        parser.add_argument(
            f"--{name}", type=date.fromisoformat, metavar="YYYY-MM-DD", default=day, help=f"the term's {what} ({day})"
        )
    return parser


if __name__ == "__main__":
    main()
