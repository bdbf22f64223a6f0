"""The gateway's OpenAPI, of its real table and the real services' own, is whole and valid."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from pydantic import SecretStr
from schemathesis.specs.openapi.definitions import OPENAPI_31

import enrollment.app
import krakend.pages.app
import notification.app
import users.app
from enrollment.settings import EnrollmentSettings
from krakend.pages.openapi import merge
from krakend.pages.settings import PagesSettings
from krakend.pages.table import limits, routes
from notification.settings import NotificationSettings
from users.settings import UsersSettings

SECRET = SecretStr("a-secret-of-forty-letters-for-the-gateway")


@pytest.fixture(scope="module", params=[None, SECRET], ids=["without a secret", "with a secret"])
def merged(request: pytest.FixtureRequest) -> Any:
    """Nothing is connected to for it."""
    common: Any = {"environment": "development", "gateway_secret": request.param}
    apps: dict[str, FastAPI] = {
        "users": users.app.create_app(
            UsersSettings(**common, jwt_issuer="the issuer", jwt_audience="the audience", keys_dir=Path("absent"))
        ),
        "enrollment": enrollment.app.create_app(EnrollmentSettings(**common)),
        "notification": notification.app.create_app(NotificationSettings(**common)),
        "pages": krakend.pages.app.create_app(PagesSettings(**common)),
    }
    return merge(routes(), limits(), {name: app.openapi() for name, app in apps.items()}, "1")


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operations(merged: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in merged["paths"].items():
        for operation in methods.values():
            yield path, operation


def test_every_row_is_there_with_words_and_an_example_or_schema(merged: Any) -> None:
    for row in routes():
        operation = merged["paths"][row.path][row.method.lower()]
        assert operation["operationId"], "described by the service"
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        assert ("requestBody" in operation) == row.body
        assert operation["security"] == ([{"token": [row.role]}] if row.role else [])
        if row.service != "pages":
            done = operation["responses"].get("200") or operation["responses"]["201"]
            assert all(content["schema"] for content in done["content"].values())  # a page is HTML
    assert len(list(operations(merged))) == len(routes())


def test_it_is_valid_openapi_3_1(merged: Any) -> None:
    Draft202012Validator(OPENAPI_31).validate(merged)


def test_every_reference_leads_somewhere_and_every_schema_is_used(merged: Any) -> None:
    prefix = "#/components/schemas/"
    assert {reference.removeprefix(prefix) for reference in references(merged)} == set(merged["components"]["schemas"])


def test_the_parameters_of_a_path_are_those_in_it(merged: Any) -> None:
    for path, operation in operations(merged):
        named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert named == set(re.findall(r"\{([^}]*)\}", path)), path


def test_operation_ids_are_unique_and_links_lead_to_them(merged: Any) -> None:
    ids = [operation["operationId"] for _, operation in operations(merged)]
    assert len(ids) == len(set(ids))
    links = [
        link
        for _, operation in operations(merged)
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert links
    assert {link["operationId"] for link in links} <= set(ids)


def test_no_text_speaks_of_the_secret_between_gateway_and_services(merged: Any) -> None:
    text = str(merged)
    assert "X-Gateway-Secret" not in text
    assert "answers only what comes through the gateway" not in text
