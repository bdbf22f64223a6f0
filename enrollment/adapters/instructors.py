"""Instructors: GET /getuser/{uid} or /getuser/by-name/{name} of the users service → {id, roles: [instructor, …], …}."""

from typing import Any
from urllib.parse import quote

import httpx

from enrollment.domain.errors import InstructorUnknown
from kit.errors import Unavailable


class Instructors:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def require(self, instructor_id: int) -> None:
        """Raises InstructorUnknown unless there is such a user who teaches, Unavailable if we cannot know."""
        self._require(str(instructor_id), InstructorUnknown(instructor_id))

    def require_named(self, username: str) -> int:
        """The id of the instructor of this user name. Raises as `require`."""
        unknown = InstructorUnknown(username)
        user_id: int = self._require(f"by-name/{quote(username, safe='')}", unknown)["id"]
        return user_id

    def _require(self, whom: str, unknown: InstructorUnknown) -> dict[str, Any]:
        try:
            reply = self._client.get(f"/getuser/{whom}")
        except httpx.HTTPError as error:
            raise Unavailable("The users service does not answer; ask again in a moment") from error
        if reply.status_code in (httpx.codes.NOT_FOUND, httpx.codes.UNPROCESSABLE_ENTITY):
            raise unknown
        if reply.status_code != httpx.codes.OK:
            raise Unavailable(f"The users service answered {reply.status_code}; ask again in a moment")
        user: dict[str, Any] = reply.json()
        if "instructor" not in user.get("roles", ()):
            raise unknown
        return user
