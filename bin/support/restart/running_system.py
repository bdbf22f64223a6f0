"""What runs on a data folder, and what of it can be renewed."""

from pathlib import Path

from honcho import environ  # type: ignore[import-untyped]
from running import is_claimed

ROOT = Path(__file__).resolve().parents[3]


class Unfit(Exception):
    """There is no such system or process; the text says what to do."""


def instances(data: Path, wanted: list[str]) -> list[str]:
    """The names honcho gave them (users.1, enrollment.1, …), in the order of the Procfile. Raises Unfit."""
    if not is_claimed(data):
        raise Unfit(
            f"No system runs on {data}. A system with another data folder is found with --data DIR;\n"
            'one that systemd runs is renewed by systemctl reload, see "Deploying" in the README.'
        )
    running = [name for kind in _renewable() for name in _numbered(data, kind)]
    for name in wanted:
        if name not in running and not _of_kind(running, name):
            names = ", ".join(dict.fromkeys(each.partition(".")[0] for each in running))
            raise Unfit(f"{name} cannot be renewed, or does not run. There are {names or 'none'}.")
    return [name for name in running if not wanted or name in wanted or name.partition(".")[0] in wanted]


def _renewable() -> list[str]:
    """Not the stores, which everything else depends on (supervise --last)."""
    processes: dict[str, str] = environ.parse_procfile((ROOT / "Procfile").read_text()).processes
    return [name for name, command in processes.items() if " --last " not in command]


def _of_kind(names: list[str], kind: str) -> list[str]:
    return [name for name in names if name.partition(".")[0] == kind]


def _numbered(data: Path, kind: str) -> list[str]:
    numbers = sorted(int(file.stem.rpartition(".")[2]) for file in (data / "pids").glob(f"{kind}.*.pid"))
    return [f"{kind}.{number}" for number in numbers]
