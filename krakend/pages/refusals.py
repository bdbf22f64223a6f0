"""What the gateway itself refuses, as OpenAPI responses. None of it has a body (krakend/README.md)."""

from collections.abc import Mapping
from typing import Any

from krakend.pages.table import PAGES, Row


class Refusals:
    def __init__(self, limits: Mapping[str, Any]) -> None:
        self._limits = limits

    def beside(self, responses: dict[str, Any], row: Row) -> dict[str, Any]:
        """Both together, by status; what has the same status gets both texts."""
        for status, text in self._of(row).items():
            if status in responses:
                responses[status]["description"] += f". Without a body it is the gateway's: {text[0].lower()}{text[1:]}"
            else:
                responses[status] = {"description": f"The gateway: {text[0].lower()}{text[1:]}; without a body"}
        return dict(sorted(responses.items()))

    def _of(self, row: Row) -> dict[str, str]:
        found: dict[str, str] = {}
        if row.parameters and not row.signs:
            found["400"] = "A path parameter that no path may hold"
        if row.role:
            found["401"] = "No token, or not a good one: log in again"
            found["403"] = f"The token has not the role `{row.role}`"
        if row.body:
            found["411"] = "The request does not say how long its body is"
            found["413"] = f"The body is longer than {self._limits['body_bytes']} bytes"
        if not row.signs:
            rate = self._limits["user" if row.role else "pages" if row.service == PAGES else "anonymous"]
            who = "user" if row.role else "client"
            found["429"] = f"More than {rate['client_max_rate']} requests a second of one {who}"
        found["500"] = "The service does not answer"
        return found
