"""Every row of the gateway's table leads to a route its service really has, with the parameters it takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

import enrollment.app
import krakend.pages.app
import notification.app
import users.app
from enrollment.settings import EnrollmentSettings
from krakend.pages.settings import PagesSettings
from notification.settings import NotificationSettings
from users.settings import UsersSettings

TABLE = Path(__file__).parents[2] / "krakend" / "settings" / "routes.json"
ROUTES: list[dict[str, Any]] = json.loads(TABLE.read_text())["table"]
CALLER = {"JWT.username": "username", "JWT.email": "email"}


def all_services() -> dict[str, FastAPI]:
    """Nothing is connected to for it."""
    return {
        "users": users.app.create_app(
            UsersSettings(
                environment="development", jwt_issuer="the issuer", jwt_audience="the audience", keys_dir=Path("absent")
            )
        ),
        "enrollment": enrollment.app.create_app(EnrollmentSettings(environment="development")),
        "notification": notification.app.create_app(NotificationSettings(environment="development")),
        "pages": krakend.pages.app.create_app(PagesSettings(environment="development")),
    }


@pytest.fixture(scope="module")
def paths() -> dict[str, dict[str, Any]]:
    """For each service what its OpenAPI says of its paths."""
    return {name: app.openapi()["paths"] for name, app in all_services().items()}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route['method']} {route['path']}")
def test_the_service_has_the_route(route: dict[str, Any], paths: dict[str, dict[str, Any]]) -> None:
    # The token's subject is a student or an instructor to the service.
    caller = CALLER | {"JWT.sub": "instructorid" if route["role"] == "instructor" else "studentid"}
    path = re.sub(r"\{([^}]*)\}", lambda name: f"{{{caller.get(name[1], name[1])}}}", route["to"])

    operation = paths[route["service"]][path][route["method"].lower()]
    assert ("requestBody" in operation) == route.get("body", False)
    headers = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"}
    # What others than positions say changes with its ETag alone; they have no date.
    dated = route["to"].startswith("/waitlist/")
    validators = {"if-none-match", "if-modified-since"} if dated else {"if-none-match"}
    assert (validators <= {name.lower() for name in headers}) == route.get("conditional", False)
    queries = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    assert queries == set(route.get("query", []))
