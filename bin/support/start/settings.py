"""The environment of one run: etc/development.env, moved to other ports and folders, and written to run.env.

run.env is what honcho gives to every process. Shells can source it, so it is also how tests and people
reach a running system.
"""

import re
from collections.abc import Mapping
from pathlib import Path

DEFAULT_BASE = 5000
_LOOPBACK_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
# What has a meaning of its own inside double quotes, for a shell or for honcho's parser.
_UNQUOTABLE = re.compile(r'["\\$`\n]')


def development_settings(root: Path) -> dict[str, str]:
    # Here, so that `--help` needs no package.
    from honcho import environ  # type: ignore[import-untyped]

    parsed: dict[str, str] = environ.parse((root / "etc" / "development.env").read_text())
    return parsed


def run_settings(settings: Mapping[str, str], *, base_port: int, enrollment: int, data: Path) -> dict[str, str]:
    """The settings with every port on this machine moved by base_port - 5000, and all state under data."""
    shift = base_port - DEFAULT_BASE
    moved = {name: _moved(name, value, shift) for name, value in settings.items()}
    first = base_port + 300
    hosts = (f"http://127.0.0.1:{port}" for port in range(first, first + enrollment))
    return moved | {"VAR_DIR": str(data), "KEYS_DIR": str(data / "keys"), "ENROLLMENT_HOSTS": ",".join(hosts)}


def _moved(name: str, value: str, shift: int) -> str:
    if name.endswith("_PORT"):
        return str(int(value) + shift)
    return _LOOPBACK_PORT.sub(lambda port: str(int(port[0]) + shift), value)


def assignments(texts: list[str]) -> dict[str, str]:
    """NAME=VALUE texts as a mapping. Raises ValueError with a sentence for the user."""
    result = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier() or _UNQUOTABLE.search(value):
            raise ValueError(f'--set {text}: expected NAME=VALUE, without any of " \\ $ ` in the value')
        result[name] = value
    return result


def write(path: Path, settings: Mapping[str, str]) -> None:
    lines = (f'{name}="{value}"\n' for name, value in settings.items())
    path.write_text(
        "# Written by bin/start: the settings of the system that runs, or ran last, on this folder.\n" + "".join(lines)
    )
