"""Every row of the gateway's table that changes something takes an `Idempotency-Key`, or need not: gateways and the
page send a request that has one again when its reply was lost."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import enrollment.app
import notification.app

TABLE = Path(__file__).parents[2] / "krakend" / "settings" / "routes.json"
ROUTES: list[dict[str, Any]] = json.loads(TABLE.read_text())["table"]
COVERED = {"enrollment": enrollment.app.COVERED, "notification": notification.app.KEYED}
CHANGING = [route for route in ROUTES if route["method"] != "GET" and (route["role"] or route["service"] in COVERED)]

# Gateways pass no key on to routes that need no role; of the others these need none.
NEED_NONE = {
    "POST /unsubscribe/{token}": "ends what is ended already",
    "POST /offer/{token}/{answer}": "the token is good for one answer, which is given again",
    "POST /registrar/accounts/upload": "an account that is there stays as it is",
    "PUT /registrar/roles/{uid}": "says what the roles are, and not what becomes of them",
}


def name_of(route: dict[str, Any]) -> str:
    return f"{route['method']} {route['path']}"


@pytest.mark.parametrize("route", CHANGING, ids=name_of)
def test_what_changes_something_takes_a_key(route: dict[str, Any]) -> None:
    path = re.sub(r"\{[^}]*\}", "17", route["to"])
    covered = re.match(COVERED.get(route["service"], "(?!)"), path) is not None
    assert covered != (name_of(route) in NEED_NONE)


def test_each_exception_is_a_row() -> None:
    assert set(NEED_NONE) <= {name_of(route) for route in CHANGING}
