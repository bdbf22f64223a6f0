"""HAProxy's configuration as text: the table of routes and the settings, put into haproxy.cfg.jinja.

Nothing but the template is read, and nothing written. The files belong together: haproxy.cfg names the others by their
folder.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2

from krakend.gateway.jwks import KeySet
from krakend.gateway.settings import GatewaySettings
from krakend.pages.refusals import CODES
from krakend.pages.table import Row

STOP_WITHIN_S = 36  # longer than the longest wait; bin/support/run-gateway has the old process killed after 38
MOST_CONNECTIONS = 20_000  # of clients: three instances with as many as may wait for news at each
FILES_BESIDE = 200  # that HAProxy has open besides the two of each connection
LEEWAY_S = 1  # of `nbf`, between the clock of users and ours; KrakenD's default, too
NO_KEYS = "The keys that tokens are checked with have not come from the users service yet; try again"

# What no path may hold, encoded or not. An encoded slash, a second layer of encoding or a dot segment would mean one
# thing here and another to the service; the rest can end a request line or begin a query there.
UNSAFE_PATH = "|".join(
    (
        r"[^A-Za-z0-9._~!$&()*+,;=:@/%'-]",
        r"%(?![0-9a-f]{2})",
        r"%(?:[01][0-9a-f]|7f|2f|5c|25|3f|23|7b|7d)",
        r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)",
        r"//",
    )
)
# The same rules as users has for what it registers (users/domain/account.py): nothing that means something in a path.
# \z and not $, which allows a line end after it.
CLAIMS = {
    "sub": r"^[1-9][0-9]{0,15}\z",
    "username": r"^[A-Za-z0-9][A-Za-z0-9._-]*\z",
    "sid": r"^[A-Za-z0-9._-]{1,64}\z",
    "email": r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\z",
}
FAILURES = {400: "bad_request", 408: "request_timeout"}  # where that is not what rules refuse with the same status
_FRAMING = ("content-length", "content-type", "host", "transfer-encoding")
_SOMETIMES = ("if-modified-since", "if-none-match", "prefer", "idempotency-key")
_PASSED_ON = ("accept", "accept-encoding", "accept-language", "traceparent", "x-request-id", *_SOMETIMES, *_FRAMING)

_ACCESS_LINE = {
    "time": '"%[date,utime(%Y-%m-%dT%H:%M:%SZ)]"',
    "request_id": '"%[var(txn.request_id)]"',
    "client": '"%[var(txn.address)]"',
    "user": '"%[var(txn.sub),json(utf8s)]"',
    "method": '"%HM"',
    "path": '"%[var(txn.path),json(utf8s)]"',
    "route": '"%[var(txn.route),json(utf8s)]"',
    "status": "%ST",
    "bytes": "%B",
    "ms": "%Ta",
    "server": '"%b/%s"',
    "ended": '"%ts"',
}

_TEMPLATE = Path(__file__).with_name("haproxy.cfg.jinja")
_PARAMETER = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True)
class Route:
    """A row of the table in HAProxy's words."""

    row: Row

    @property
    def key(self) -> str:
        return f"{self.row.method} {self.row.path}"

    @property
    def pattern(self) -> str:
        """A regular expression for the path as it is sent."""
        parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in self.row.path.split("/"))
        return f"^{'/'.join(parts)}$"

    @property
    def target(self) -> str:
        """The service's path as a log-format string: parameters as they were sent, claims as they were checked."""

        def value(name: re.Match[str]) -> str:
            if name[1].startswith("JWT."):
                return f"%[var(txn.{name[1].removeprefix('JWT.')})]"
            return f"%[var(txn.path),field({self._field(name[1])},/)]"

        return _PARAMETER.sub(value, self.row.to.replace("%", "%%"))

    @property
    def class_field(self) -> int | None:
        """Which part of the path is the class, counted from 1 for what is before the first slash."""
        is_of_a_class = self.row.service == "enrollment" and "classid" in self.row.parameters
        return self._field("classid") if is_of_a_class else None

    def _field(self, parameter: str) -> int:
        return self.row.path.split("/").index(f"{{{parameter}}}") + 1

    @property
    def role(self) -> str:
        return self.row.role

    @property
    def service(self) -> str:
        return self.row.service

    @property
    def body(self) -> bool:
        return self.row.body

    @property
    def conditional(self) -> bool:
        return self.row.conditional

    @property
    def waits(self) -> bool:
        return self.row.waits


def files(
    rows: Sequence[Row],
    limits: Mapping[str, Any],
    settings: GatewaySettings,
    keys: KeySet,
    *,
    folder: Path,
    bind: str,
    most_files: int,
) -> dict[str, str]:
    """The text of each file, by its name in the folder: haproxy.cfg, routes.map, and a key-….pem for each key."""
    routes = [Route(row) for row in rows]
    pems = {f"key-{key.name}.pem": key.pem for key in keys}
    configuration = _template().render(
        rows=routes,
        allowed=_allowed(rows),
        rows_of_role={role: [r for r in routes if r.role == role] for role in dict.fromkeys(r.role for r in routes)},
        rows_by_class=_grouped(routes),
        query_strings=_query_strings(routes),
        services={name: _servers(urls) for name, urls in settings.services.items()},
        has_names=any(server["is_name"] for urls in settings.services.values() for server in _servers(urls)),
        keys=[{"kid": key.kid, "file": folder / f"key-{key.name}.pem"} for key in keys],
        has_keys=bool(keys),
        no_keys=NO_KEYS,
        problem=problem,
        failed=failed,
        folder=folder,
        bind=bind,
        metrics_bind=f"{settings.gateway_host}:{settings.metrics_port}",
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        claims=CLAIMS,
        leeway_s=LEEWAY_S,
        stop_within_s=STOP_WITHIN_S,
        most_connections=min(MOST_CONNECTIONS, (most_files - FILES_BESIDE) // 2),
        unsafe_path=UNSAFE_PATH,
        other_headers=f"^(?!(?:{'|'.join(_PASSED_ON)})$)",
        secret=settings.gateway_secret.get_secret_value() if settings.gateway_secret else "",
        cors_origins=settings.origins,
        trusted_proxies=settings.proxies,
        rate_per_user=settings.rate_per_user(limits),
        rate_per_address=settings.rate_per_address(limits),
        body_bytes=limits["body_bytes"],
        timeout=limits["timeout"],
        wait_timeout=limits["wait_timeout"],
        breaker=limits["breaker"],
        access_log=settings.gateway_access_log,
        access_line="{" + ",".join(f'"{name}":{value}' for name, value in _ACCESS_LINE.items()) + "}",
    )
    return {"haproxy.cfg": configuration, "routes.map": _routes_map(rows), **pems}


@cache
def _template() -> jinja2.Template:
    """Compiling it takes ten times as long as filling it in, which is done at each change of the keys."""
    # No autoescape: this is no HTML, and `quoted` and `literal` are HAProxy's way.
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    environment.filters |= {
        "quoted": quoted,
        "literal": literal,
        "json": _json,
    }
    return environment.from_string(_TEMPLATE.read_text())


def problem(status: int, detail: str, code: str = "") -> str:
    """Problem details (RFC 9457) as a log-format string, which puts the request's id in."""
    text = literal(_json({"detail": detail, **_members(status, code or CODES[status])}))
    return f'{text[:-1]}, "request_id": "%[var(txn.request_id)]"}}'


def failed(status: int, detail: str) -> str:
    """The same of what HAProxy answers without a rule: only who asked for them, by the variables of the request, gets
    the other members than the detail."""
    more = f", {_json(_members(status, FAILURES.get(status) or CODES[status]))[1:-1]}"
    return f"{literal(_json({'detail': detail}))[:-1]}%[var(txn.wants_problem),iif('{more}','')]%[var(txn.id_member)]}}"


def _members(status: int, code: str) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    return {"type": f"tag:course-enrollment,2026:{code}", "title": title, "status": status, "code": code}


def _json(members: Mapping[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False)


def quoted(text: object) -> str:
    """One word of a line, without meaning: HAProxy's strong quotes, in which nothing is expanded."""
    if any(ord(character) < 0x20 for character in str(text)):
        raise ValueError(f"a setting with a control character cannot stand in HAProxy's configuration: {text!r}")
    return "'" + str(text).replace("'", r"'\''") + "'"


def literal(text: str) -> str:
    """Without meaning as a log-format string."""
    return text.replace("%", "%%")


def _routes_map(rows: Sequence[Row]) -> str:
    """From a path to the path of its rows, first match first: fixed words before parameters."""
    paths = {row.path: Route(row).pattern for row in rows}
    by_parameters = sorted(paths, key=lambda path: [part.startswith("{") for part in path.split("/")])
    return "".join(f"{paths[path]} {path}\n" for path in by_parameters)


def _allowed(rows: Sequence[Row]) -> dict[str, list[str]]:
    """The paths that have the same value of Allow, by that value."""
    methods: dict[str, list[str]] = {}
    for row in rows:
        methods.setdefault(row.path, []).extend(["GET", "HEAD"] if row.method == "GET" else [row.method])
    grouped: dict[str, list[str]] = {}
    for path, allowed in methods.items():
        grouped.setdefault(", ".join(sorted(allowed)), []).append(path)
    return grouped


def _grouped(routes: Sequence[Route]) -> dict[int, list[Route]]:
    grouped: dict[int, list[Route]] = {}
    for route in routes:
        if route.class_field:
            grouped.setdefault(route.class_field, []).append(route)
    return grouped


def _query_strings(routes: Sequence[Route]) -> dict[str, list[Route]]:
    names = dict.fromkeys(name for route in routes for name in route.row.query)
    return {name: [route for route in routes if name in route.row.query] for name in names}


def _servers(urls: Sequence[str]) -> list[dict[str, Any]]:
    return [_server(number, url) for number, url in enumerate(urls, 1)]


def _server(number: int, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError(f"{url}: expected http://HOST:PORT")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return {
        "name": f"s{number}",
        "address": f"{host}:{port}",
        "tls_name": parts.hostname if parts.scheme == "https" else "",
        "is_name": bool(re.search("[a-z]", host)) and not host.startswith("[") and host != "localhost",
    }
