"""The gateway's own files: the table of routes and the limits, as KrakenD reads them."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SETTINGS = Path(__file__).parents[1] / "settings"

_PARAMETER = re.compile(r"\{([^}]*)\}")
_CLAIM = "{JWT."

PAGES = "pages"  # this service's own name in the table


@dataclass(frozen=True)
class Row:
    """One route, see krakend/README.md."""

    method: str
    path: str
    role: str
    service: str
    to: str
    body: bool = False
    conditional: bool = False
    waits: bool = False
    query: tuple[str, ...] = ()

    @property
    def parameters(self) -> set[str]:
        return set(_PARAMETER.findall(self.path))

    @property
    def headers(self) -> set[str]:
        """Those of the service's own that are passed on, besides what every request has; in small letters."""
        return {name for name, is_passed in _HEADERS.items() if is_passed(self)}

    def leads_to(self, template: str) -> bool:
        """Whether this is the path of the service behind it: alike but for what comes from the token."""
        ours, theirs = self.to.split("/"), template.split("/")
        return len(ours) == len(theirs) and all(
            there.startswith("{") if here.startswith(_CLAIM) else here == there
            for here, there in zip(ours, theirs, strict=True)
        )


_HEADERS: Mapping[str, Callable[[Row], bool]] = {
    "if-none-match": lambda row: row.conditional,
    "if-modified-since": lambda row: row.conditional,
    "prefer": lambda row: row.waits,
    "idempotency-key": lambda row: bool(row.role) and row.method != "GET",
}


def routes() -> list[Row]:
    table: list[dict[str, Any]] = json.loads((SETTINGS / "routes.json").read_text())["table"]
    return [Row(**{**row, "query": tuple(row.get("query", ()))}) for row in table]


def limits() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((SETTINGS / "limits.json").read_text())
    return found
