"""What the gateway itself refuses, as OpenAPI responses: HAProxy with a `detail` or problem details, KrakenD mostly
without a body.
"""

from collections.abc import Mapping
from typing import Any

from kit.sessions import SessionOver
from kit.web.problem_details import MEDIA_TYPE, schema
from krakend.pages.table import Row

# What programs know the refusals by, where nothing more is said; those of the services are the same (kit.web).
CODES = {
    400: "path_unsafe",
    401: "token_invalid",
    403: "role_missing",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    429: "too_many_requests",
    500: "internal_server_error",
    502: "bad_gateway",
    503: "unavailable",
    504: "gateway_timeout",
}
TOKEN_MISSING = "token_missing"  # noqa: S105 - no password
_DETAIL = {"type": "object", "title": "Detail", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
SCHEMAS = {
    "gateway.Detail": _DETAIL,
    "gateway.ProblemDetails": schema({*CODES.values(), TOKEN_MISSING, SessionOver.code()}),
}
_CONTENT = {
    "application/json": {"schema": {"$ref": "#/components/schemas/gateway.Detail"}},
    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/gateway.ProblemDetails"}},
}


class Refusals:
    def __init__(self, limits: Mapping[str, Any]) -> None:
        self._limits = limits

    def beside(self, responses: dict[str, Any], row: Row) -> dict[str, Any]:
        """Both together, by status; what has the same status gets both texts."""
        for status, text in self._of(row).items():
            if status in responses:
                responses[status]["description"] += f". By the gateway: {text}"
            else:
                responses[status] = {"description": f"By the gateway: {text}", "content": _CONTENT}
        return dict(sorted(responses.items()))

    def _of(self, row: Row) -> dict[str, str]:
        found: dict[str, str] = {}
        if row.parameters:
            found["400"] = "a path parameter that no path may hold"
        if row.role:
            found["401"] = (
                "no token, or not a good one; or, by the service, its session is over (`session_over`): log in again"
            )
            found["403"] = f"the token has not the role `{row.role}`"
        if row.body:
            found["413"] = f"the body is longer than {self._limits['body_bytes']} bytes"
        rate = self._limits["rate_per_user" if row.role else "rate_per_address"]
        found["429"] = f"more than {rate} requests a second of one {'user' if row.role else 'address'}"
        found["500"] = "KrakenD has no reply of the service"
        found["502"] = found["503"] = found["504"] = "HAProxy has no reply of the service"
        return found
