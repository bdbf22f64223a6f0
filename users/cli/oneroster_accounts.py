"""The accounts of a OneRoster package: users.csv with the roles of roles.csv (etc.contracts.oneroster)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from etc.contracts import oneroster
from kit.bulk_load import Row
from kit.csv_files import Cells, CsvFolder, Unusable
from users.domain.account import Role

_ROLES: dict[str, Role] = {oneroster.STUDENT: "student", oneroster.TEACHER: "instructor"}
_OURS = {"username": "username", "email": "email", "password": "password"}


def accounts(path: Path) -> Iterator[Row]:
    """The values of each users.api.requests.AccountRow, with file and line. Raises Unusable."""
    package = CsvFolder(path)
    manifest = oneroster.properties(package.lines(oneroster.MANIFEST, oneroster.REQUIRED[oneroster.MANIFEST]))
    if why := oneroster.unreadable(manifest):
        raise Unusable(why)
    roles = _roles(package) if oneroster.is_present(manifest, oneroster.ROLES) else {}
    for line, cells in package.lines(oneroster.USERS, oneroster.REQUIRED[oneroster.USERS]):
        place = f"{oneroster.USERS}, line {line}"
        yield place, cells if isinstance(cells, str) else _account(cells, roles.get(cells.get("sourcedId", ""), []))


def _roles(package: CsvFolder) -> dict[str, list[str]]:
    """By user, as the package calls them."""
    found: dict[str, list[str]] = {}
    for _, cells in package.lines(oneroster.ROLES, oneroster.REQUIRED[oneroster.ROLES]):
        if isinstance(cells, dict) and cells.get("status") != oneroster.DELETED:
            found.setdefault(cells.get("userSourcedId", ""), []).append(cells.get("role", ""))
    return found


def _account(cells: Cells, roles: list[str]) -> dict[str, Any] | str:
    if cells.get("status") == oneroster.DELETED or cells.get("enabledUser") == "false":
        return "is to be deleted or not enabled, and a load takes no account away"
    if not roles:
        return f"has no role in {oneroster.ROLES}"
    if unknown := [role for role in roles if role not in _ROLES]:
        return f"role: a load gives student and teacher, not {unknown[0]}; bin/create-user does"
    return {ours: cells[theirs] for theirs, ours in _OURS.items() if theirs in cells} | {
        "roles": [_ROLES[role] for role in roles]
    }
