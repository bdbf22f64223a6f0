"""The OpenAPI of the gateway: its table of routes, each told in the words of the service's operation it leads to.

Nothing here knows a route. Left out is what the gateway does not pass on: path parameters that come from the token,
headers and queries no template lets through, the services' own security. Added is what the gateway itself does: the
token, the role, its refusals.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kit.web import shared_secret as gate
from krakend.pages.refusals import SCHEMAS, Refusals
from krakend.pages.schemas import Schemas
from krakend.pages.table import PAGES, Row

Json = dict[str, Any]

SCHEME = "token"

DESCRIPTION = """Everything the gateway offers, generated from its table of routes and the services' own descriptions.

Execute **POST /user/login** (under *anyone*): the token then fills **Authorize** by itself, and all routes of your
roles work. Who you are always comes from the token. [The live page](/) uses the same routes."""

TAGS = {
    "anyone": "No token is needed.",
    "student": "For who has the role `student`; everybody who registers has it.",
    "instructor": "For who has the role `instructor`, about the classes they teach.",
    "registrar": "For who has the role `registrar`.",
    PAGES: "What browsers load: the live page, and this one.",
}
_ROLES = {
    "": "*For anyone: no token is needed.*",
    "student": "*For students. Who you are comes from your token.*",
    "instructor": "*For instructors. Who you are comes from your token.*",
    "registrar": "*For registrars.*",
}


def merge(rows: Sequence[Row], limits: Mapping[str, Any], services: Mapping[str, Json], version: str) -> Json:
    """`services`: the OpenAPI of each that could be asked. Routes of the others are listed without details."""
    away = sorted({row.service for row in rows} - services.keys())
    found = {row: hit for row in rows if (hit := _find(row, services.get(row.service, {"paths": {}})))}
    mentions = {f"{row.method} {template}": f"{row.method} {row.path}" for row, (template, _) in found.items()}
    operations = {row: operation for row, (_, operation) in found.items()}
    merging = _Merging(Refusals(limits), Schemas(services, mentions), operations)
    paths: dict[str, Json] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = merging.operation(row)
    note = f"\n\n**The service {' and the service '.join(away)} does not answer: details are missing.**" if away else ""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Course enrollment", "version": version, "description": DESCRIPTION + note},
        "servers": [{"url": "/", "description": "the gateway that this page came from"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {**merging.schemas.taken, **SCHEMAS},
            "securitySchemes": {
                SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The `access_token` that POST /user/login replies; executing it here fills this in.",
                }
            },
        },
    }


class _Merging:
    def __init__(self, refusals: Refusals, schemas: Schemas, operations: Mapping[Row, Json]) -> None:
        self.schemas = schemas
        self._refusals = refusals
        self._operations = operations
        self._rows_by_id: dict[str, Row] = {}
        for row, operation in operations.items():
            self._rows_by_id.setdefault(operation["operationId"], row)

    def operation(self, row: Row) -> Json:
        if row in self._operations:
            said = self.schemas.adopt(row.service, _passed_on(row, self._operations[row]))
            if self._rows_by_id[said["operationId"]] != row:  # a second route to the same operation
                said["operationId"] += f"_by_{row.role}"
        else:
            said = {
                "summary": f"(no details from the service {row.service})",
                "parameters": _bare_parameters(row),
                "responses": {},
            }
        said["tags"] = [row.role or (PAGES if row.service == PAGES else "anyone")]
        said["description"] = f"{said.get('description', '')}\n\n{_ROLES[row.role]}".strip()
        said["security"] = [{SCHEME: [row.role]}] if row.role else []
        for response in said["responses"].values():
            self._keep_valid_links(row, response)
        said["responses"] = self._refusals.beside(said["responses"], row)
        return said

    def _keep_valid_links(self, row: Row, response: Json) -> None:
        """Those that lead to a route of the gateway, with the parameters that both know."""
        links = {}
        for name, link in response.pop("links", {}).items():
            if target := self._rows_by_id.get(link["operationId"]):
                known = {
                    parameter: value
                    for parameter, value in link.get("parameters", {}).items()
                    if parameter in target.parameters and not _is_not_asked(row, value)
                }
                if target.parameters <= known.keys():
                    links[name] = {**link, "parameters": known}
        if links:
            response["links"] = links


def _find(row: Row, described: Json) -> tuple[str, Json] | None:
    """The service's path and operation; None also for a moment when one of the two is newer than the other."""
    for template, operations in described["paths"].items():
        if row.leads_to(template):
            operation = operations.get(row.method.lower())
            return (template, operation) if operation else None
    return None


def _passed_on(row: Row, operation: Json) -> Json:
    """What of it is left behind the gateway."""
    responses = {
        status: response
        for status, response in operation["responses"].items()
        if (status != "304" or row.conditional) and response["description"] != gate.REFUSAL
    }
    parameters = [_with_example(one) for one in operation.get("parameters", []) if _passes(row, one)]
    return {**operation, "parameters": parameters, "responses": responses}


def _with_example(parameter: Json) -> Json:
    """Swagger UI fills in a parameter's own example; FastAPI writes examples into the schema alone."""
    examples = parameter.get("schema", {}).get("examples", [])
    return {**parameter, "example": examples[0]} if examples and parameter["required"] else parameter


def _bare_parameters(row: Row) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in sorted(row.parameters)
    ]


def _passes(row: Row, parameter: Json) -> bool:
    match parameter["in"]:
        case "path":
            return parameter["name"] in row.parameters
        case "query":
            return parameter["name"] in row.query
        case _:
            return parameter["name"].lower() in row.headers


def _is_not_asked(row: Row, expression: str) -> bool:
    prefix = "$request.path."
    return expression.startswith(prefix) and expression.removeprefix(prefix) not in row.parameters
