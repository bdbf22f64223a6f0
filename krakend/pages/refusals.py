"""What the gateway itself refuses, as OpenAPI responses: HAProxy with a `detail`, KrakenD without a body."""

from collections.abc import Mapping
from typing import Any

from krakend.pages.table import Row


class Refusals:
    def __init__(self, limits: Mapping[str, Any]) -> None:
        self._limits = limits

    def beside(self, responses: dict[str, Any], row: Row) -> dict[str, Any]:
        """Both together, by status; what has the same status gets both texts."""
        for status, text in self._of(row).items():
            if status in responses:
                responses[status]["description"] += f". By the gateway: {text}"
            else:
                responses[status] = {"description": f"By the gateway: {text}"}
        return dict(sorted(responses.items()))

    def _of(self, row: Row) -> dict[str, str]:
        found: dict[str, str] = {}
        if row.parameters:
            found["400"] = "a path parameter that no path may hold"
        if row.role:
            found["401"] = "no token, or not a good one: log in again"
            found["403"] = f"the token has not the role `{row.role}`"
        if row.body:
            found["413"] = f"the body is longer than {self._limits['body_bytes']} bytes"
        rate = self._limits["rate_per_user" if row.role else "rate_per_address"]
        found["429"] = f"more than {rate} requests a second of one {'user' if row.role else 'address'}"
        found["500"] = "KrakenD has no reply of the service"
        found["502"] = found["503"] = found["504"] = "HAProxy has no reply of the service"
        return found
