"""The notification service's OpenAPI: the seed's routes and parameters, and enough to try them out."""

from typing import Any

import pytest

from notification.app import create_app
from notification.settings import NotificationSettings

SEED_ROUTES = {
    ("post", "/subscribe/{studentid}/{classid}/{username}/{email}/{proxyURL}"): "Subscribe To Notification",
    ("get", "/subscribe/list/{studentid}"): "List Subscriptions",
    ("delete", "/subscribe/remove/{studentid}/{classid}"): "Unsubscribe From Notification",
}


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return create_app(NotificationSettings(environment="development")).openapi()


@pytest.mark.parametrize(("method", "path"), SEED_ROUTES)
def test_the_seeds_routes_have_the_seeds_names(method: str, path: str, openapi: dict[str, Any]) -> None:
    assert openapi["paths"][path][method]["summary"] == SEED_ROUTES[method, path]


def test_the_parameters_are_typed_and_filled_in_as_in_the_seed(openapi: dict[str, Any]) -> None:
    [path] = (path for method, path in SEED_ROUTES if method == "post")
    parameters = [one for one in openapi["paths"][path]["post"]["parameters"] if one["in"] == "path"]
    assert [(one["name"], one["in"], one["required"], one["schema"]["type"]) for one in parameters] == [
        ("studentid", "path", True, "integer"),
        ("classid", "path", True, "integer"),
        ("username", "path", True, "string"),
        ("email", "path", True, "string"),
        ("proxyURL", "path", True, "string"),
    ]
    assert all(one["schema"]["examples"] and one["description"] for one in parameters)


def test_every_route_documents_its_replies_with_examples_and_its_refusals(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    for path, operations in openapi["paths"].items():
        if not path.startswith(("/subscribe", "/deliveries")):
            continue
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            replies = operation["responses"]
            assert {"200", "422", "503"} <= set(replies)
            for status, reply in replies.items():
                if status == "304":
                    continue  # it has no body
                model = reply["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert (model == "Problem") == (status != "200")
                assert all(field["examples"] for field in schemas[model]["properties"].values())
