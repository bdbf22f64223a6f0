"""Who teaches: asked of the users service, GET /getuser/{uid} → {…, "roles": ["instructor", …]}."""

import httpx

from enrollment.domain.errors import InstructorUnknown
from kit.errors import Unavailable


class Instructors:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def require(self, instructor_id: int) -> None:
        """Raises InstructorUnknown unless there is such a user who teaches, Unavailable if we cannot know."""
        try:
            reply = self._client.get(f"/getuser/{instructor_id}")
        except httpx.HTTPError as error:
            raise Unavailable("The users service does not answer; ask again in a moment") from error
        if reply.status_code == httpx.codes.NOT_FOUND:
            raise InstructorUnknown(instructor_id)
        if reply.status_code != httpx.codes.OK:
            raise Unavailable(f"The users service answered {reply.status_code}; ask again in a moment")
        if "instructor" not in reply.json().get("roles", ()):
            raise InstructorUnknown(instructor_id)
