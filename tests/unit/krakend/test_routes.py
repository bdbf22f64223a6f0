"""What must hold for every row of the gateway's table of routes (krakend/settings/routes.json)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from enrollment.settings import EnrollmentSettings
from krakend.haproxy.rendering import STOP_WITHIN_S

KRAKEND = Path(__file__).parents[3] / "krakend"
ROUTES: list[dict[str, Any]] = json.loads((KRAKEND / "settings" / "routes.json").read_text())["table"]

every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route['method']} {route['path']}")


def placeholders(path: str) -> list[str]:
    return re.findall(r"\{([^}]*)\}", path)


@every_route
def test_only_pages_registering_and_proving_who_one_is_need_no_role(route: dict[str, Any]) -> None:
    pages = {"/", "/docs", "/openapi.json", "/pages/{file}"}
    signed_links = {"/offer/{token}", "/offer/{token}/{answer}", "/unsubscribe/{token}"}
    proofs = {f"/user/{what}" for what in ("register", "login", "checkpwd", "refresh", "logout", "password")}
    mailed = {f"/user/{what}" for what in ("password/forgot", "password/reset", "email/ask", "email/verify")}
    anonymous = {*pages, *signed_links, *proofs, *mailed}

    assert route["role"] in {"", "student", "instructor", "registrar"}
    assert (route["role"] == "") == (route["path"] in anonymous)


FOR_EVERY_STUDENT = {"/student/list", "/student/instructors"}


@every_route
def test_the_caller_is_who_the_token_says_and_never_who_the_path_says(route: dict[str, Any]) -> None:
    if route["role"] not in {"student", "instructor"} or route["path"] in FOR_EVERY_STUDENT:
        return

    caller, *_ = placeholders(route["to"])
    assert caller == "JWT.sub"
    assert set(placeholders(route["to"])) <= set(placeholders(route["path"])) | {
        "JWT.sub",
        "JWT.username",
        "JWT.email",
    }


@every_route
def test_every_part_of_the_path_reaches_the_service(route: dict[str, Any]) -> None:
    assert set(placeholders(route["path"])) == {p for p in placeholders(route["to"]) if not p.startswith("JWT.")}


@every_route
def test_a_row_has_no_field_that_no_template_reads(route: dict[str, Any]) -> None:
    templates = "".join(file.read_text() for file in (KRAKEND / "templates").glob("*.tmpl"))

    for field in route:
        assert re.search(rf"\.{field}\b", templates), field


def test_no_route_is_there_twice() -> None:
    keys = [(route["method"], re.sub(r"\{[^}]*\}", "{}", route["path"])) for route in ROUTES]

    assert len(keys) == len(set(keys))


def test_who_waits_for_news_is_not_cut_off_by_the_gateway() -> None:
    longest_s = _bound_of(EnrollmentSettings, "position_wait_longest_s")
    limits = json.loads((KRAKEND / "settings" / "limits.json").read_text())
    written = re.search(r'"write_timeout": "(\d+)s"', (KRAKEND / "krakend.tmpl").read_text())
    assert written is not None
    assert longest_s < int(limits["wait_timeout"].removesuffix("s")) < int(written[1])
    assert longest_s < STOP_WITHIN_S


def _bound_of(settings: type[EnrollmentSettings], name: str) -> float:
    [most] = [bound.le for bound in settings.model_fields[name].metadata if hasattr(bound, "le")]
    return float(most)
