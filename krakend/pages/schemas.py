"""Parts of several OpenAPI documents in one: schemas that are alike are shared, others of one name are told apart."""

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_PREFIX = "#/components/schemas/"
_MENTION = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE) /[\w/{}]+")


class Schemas:
    """`taken` holds those that adopted parts refer to, and no others."""

    def __init__(self, services: Mapping[str, Json], mentions: Mapping[str, str]) -> None:
        """`mentions`: what to call a service's route that a text names ("GET /list": "GET /student/list")."""
        self.taken: dict[str, Json] = {}
        self._services = services
        self._mentions = mentions
        self._names: dict[tuple[str, str], str] = {}

    def adopt(self, service: str, part: Json) -> Json:
        """A copy of a part of the service's document, in which references and mentions lead to this one."""
        copy: Json = self._copy(service, part)
        return copy

    def _copy(self, service: str, node: Any) -> Any:
        match node:
            case {"$ref": str(reference)}:
                return {**node, "$ref": _PREFIX + self._take(service, reference.removeprefix(_PREFIX))}
            case dict():
                return {key: self._copy(service, value) for key, value in node.items()}
            case list():
                return [self._copy(service, value) for value in node]
            case str():
                return _MENTION.sub(lambda found: self._mentions.get(found[0], found[0]), node)
            case _:
                return node

    def _take(self, service: str, name: str) -> str:
        """The name under which the service's schema is in `taken`."""
        if (service, name) not in self._names:
            self._names[service, name] = name  # before copying: a schema may refer to itself
            schema = self._copy(service, self._services[service]["components"]["schemas"][name])
            if self.taken.get(name, schema) != schema:
                name = self._names[service, name] = f"{service}.{name}"
            self.taken[name] = schema
        return self._names[service, name]
