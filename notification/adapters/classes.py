"""Asking the enrollment service about a class: GET {ENROLLMENT_URL}/class/{class-id}, 200 or 404."""

from collections.abc import Mapping

import httpx

from kit.errors import NotFound, Unavailable
from kit.observability import correlation
from kit.web import http_client

_TIMEOUT_S = 3.0
_NAME_TIMEOUT_S = 1.0  # a page goes without the name rather than wait


class NoSuchClass(NotFound):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"Class {class_id} does not exist; see the list of classes for those that do")


class Classes:
    """Thread-safe; connections are kept."""

    def __init__(
        self, enrollment_url: str, headers: Mapping[str, str], *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`headers` go with every request."""
        self._client = httpx.Client(
            base_url=http_client.instances(enrollment_url)[0],
            headers=headers,
            event_hooks={"request": [correlation.inject_headers]},
            timeout=_TIMEOUT_S,
            trust_env=False,
            transport=transport or http_client.transport(enrollment_url),
        )

    def require(self, class_id: int) -> None:
        """Returns if there is such a class. Raises NoSuchClass, or Unavailable."""
        try:
            reply = self._client.get(f"/class/{class_id}")
        except httpx.HTTPError as error:
            raise Unavailable("The enrollment service does not answer; ask again in a moment") from error
        if reply.status_code == httpx.codes.NOT_FOUND:
            raise NoSuchClass(class_id)
        if not reply.is_success:
            raise Unavailable("The enrollment service cannot say whether the class exists; ask again in a moment")

    def name(self, class_id: int) -> str | None:
        """As people know it: its course's code and its title. None if the service does not say."""
        try:
            reply = self._client.get(f"/class/{class_id}", timeout=_NAME_TIMEOUT_S)
            return f"{reply.json()['CourseCode']} {reply.json()['ClassName']}" if reply.is_success else None
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None

    def close(self) -> None:
        self._client.close()
