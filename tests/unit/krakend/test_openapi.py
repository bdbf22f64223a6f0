"""The gateway's OpenAPI, made of rows and what the services say of themselves (krakend/pages/openapi.py)."""

from typing import Any

import pytest

from kit.web.shared_secret import document
from krakend.pages.openapi import merge
from krakend.pages.table import Row

LIMITS = {
    "body_bytes": 65536,
    "rate_per_user": 50,
    "rate_per_address": 1000,
}
POSITION = Row(
    "GET", "/student/waitlist/{classid}", "student", "classes", "/waitlist/{JWT.sub}/{classid}", conditional=True
)
LEAVE = Row("DELETE", "/student/leave/{classid}", "student", "classes", "/leave/{JWT.sub}/{classid}")
LOGIN = Row("POST", "/user/login", "", "people", "/login", body=True)
UNAVAILABLE = ["429", "500", "502", "503", "504"]
ROWS = [POSITION, LEAVE, LOGIN]


def parameter(name: str, where: str = "path") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}


def reply(schema: str, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"200": {"description": "Successful Response", "content": content, **more}}


def classes() -> dict[str, Any]:
    """A service as FastAPI describes one, with the secret's own words."""
    same = {"studentid": "$request.path.studentid", "classid": "$request.path.classid"}
    links = {
        "leave": {"operationId": "leave", "parameters": same},
        "show": {"operationId": "show", "parameters": {"classid": "$request.path.classid"}},
    }
    ids = [parameter("studentid"), parameter("classid")]
    conditional = [parameter("if-none-match", "header"), parameter("page", "query")]
    return document(
        {
            "paths": {
                "/waitlist/{studentid}/{classid}": {
                    "get": {
                        "operationId": "position",
                        "summary": "Position",
                        "description": "Where I am. See DELETE /leave/{studentid}/{classid} and GET /nowhere",
                        "parameters": ids + conditional,
                        "responses": {**reply("Place", links=links), "304": {"description": "Unchanged"}},
                    },
                },
                "/leave/{studentid}/{classid}": {
                    "delete": {
                        "operationId": "leave",
                        "parameters": ids + conditional,
                        "responses": {**reply("Message"), "304": {"description": "Unchanged"}},
                    }
                },
                "/show/{classid}": {"get": {"operationId": "show", "responses": reply("Unseen")}},
            },
            "components": {
                "schemas": {
                    "Place": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Place"}}},
                    "Message": {"type": "object", "title": "of classes"},
                    "Unseen": {"type": "object"},
                }
            },
        }
    )


def people() -> dict[str, Any]:
    operation = {
        "operationId": "login",
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}},
        "responses": {**reply("Claims"), "429": {"description": "Too many tries"}},
    }
    schemas = {"Message": {"type": "object", "title": "of people"}, "Claims": {"type": "object"}}
    return {"paths": {"/login": {"post": operation}}, "components": {"schemas": schemas}}


@pytest.fixture
def merged() -> dict[str, Any]:
    return merge(ROWS, LIMITS, {"classes": classes(), "people": people()}, "1")


@pytest.fixture
def position(merged: dict[str, Any]) -> Any:
    return merged["paths"][POSITION.path]["get"]


def names(operation: dict[str, Any]) -> list[str]:
    return [one["name"] for one in operation["parameters"]]


def test_what_the_token_says_is_no_parameter(merged: dict[str, Any], position: Any) -> None:
    assert names(position) == ["classid", "if-none-match"]
    leave = merged["paths"][LEAVE.path]["delete"]
    assert names(leave) == ["classid"], "headers and queries that the gateway does not pass on"
    assert "304" not in leave["responses"]


def test_the_role_is_said_in_words_as_tag_and_as_requirement(merged: dict[str, Any], position: Any) -> None:
    assert "For students" in position["description"]
    assert position["tags"] == ["student"]
    assert position["security"] == [{"token": ["student"]}]
    assert merged["paths"]["/user/login"]["post"]["security"] == []
    assert merged["components"]["securitySchemes"]["token"].items() >= {"type": "http", "scheme": "bearer"}.items()


def test_the_services_own_secret_is_not_spoken_of(merged: dict[str, Any], position: Any) -> None:
    assert list(merged["components"]["securitySchemes"]) == ["token"]
    assert "role" in position["responses"]["403"]["description"]
    assert "secret" not in str(position["responses"]["403"])


def test_the_gateways_refusals_stand_beside_the_services_own(merged: dict[str, Any], position: Any) -> None:
    assert list(position["responses"]) == ["200", "304", "400", "401", "403", *UNAVAILABLE]
    assert "50 requests" in position["responses"]["429"]["description"]
    content = position["responses"]["429"]["content"]
    assert list(content) == ["application/json", "application/problem+json"]
    assert content["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/gateway.ProblemDetails"}
    codes = merged["components"]["schemas"]["gateway.ProblemDetails"]["properties"]["code"]["description"]
    assert all(f"`{code}`" in codes for code in ("token_missing", "role_missing", "too_many_requests", "bad_gateway"))
    login = merged["paths"]["/user/login"]["post"]["responses"]
    assert list(login) == ["200", "413", *UNAVAILABLE]
    assert (
        login["429"]["description"] == "Too many tries. By the gateway: more than 1000 requests a second of one address"
    )


def test_links_lead_to_routes_of_the_gateway_with_the_parameters_it_has(position: Any) -> None:
    assert position["responses"]["200"]["links"] == {
        "leave": {"operationId": "leave", "parameters": {"classid": "$request.path.classid"}}
    }


def test_texts_name_the_gateways_routes(position: Any) -> None:
    assert "See DELETE /student/leave/{classid} and GET /nowhere" in position["description"]


def test_schemas_of_one_name_that_differ_are_told_apart_and_unused_ones_left_out(merged: dict[str, Any]) -> None:
    schemas = merged["components"]["schemas"]
    assert {name: schema.get("title") for name, schema in schemas.items()} == {
        "Place": None,
        "Message": "of classes",
        "Claims": None,
        "people.Message": "of people",
        "gateway.Detail": "Detail",
        "gateway.ProblemDetails": None,
    }
    body = merged["paths"]["/user/login"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/people.Message"}


def test_a_service_that_never_answered_is_named_and_its_routes_are_there_all_the_same() -> None:
    merged = merge(ROWS, LIMITS, {"people": people()}, "1")
    assert "The service classes does not answer" in merged["info"]["description"]
    bare = merged["paths"][POSITION.path]["get"]
    assert bare["summary"] == "(no details from the service classes)"
    assert names(bare) == ["classid"]
    assert bare["security"] == [{"token": ["student"]}]
    assert "summary" not in merged["paths"]["/user/login"]["post"], "this one is described"


def test_a_row_that_the_service_does_not_know_yet_is_there_without_details() -> None:
    rows = [Row(method, path, "student", "people", path) for method, path in (("GET", "/new"), ("PUT", "/login"))]
    merged = merge(rows, LIMITS, {"people": people()}, "1")
    for path, method in (("/new", "get"), ("/login", "put")):
        assert merged["paths"][path][method]["summary"] == "(no details from the service people)"
