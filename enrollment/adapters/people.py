"""Students by id or name: GET /people?ids=… or ?name=… of the users service → {people: [{id, username, email, roles}]}.

At most 100 at a time.
"""

import logging
import re
from collections.abc import Collection

import httpx

from enrollment.service.ports import Person
from kit.errors import Unavailable
from kit.web.params import USER_NAME

log = logging.getLogger(__name__)

MOST_AT_ONCE = 100
TIMEOUT_S = 1.0


class People:
    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def named(self, user_ids: Collection[int]) -> dict[int, Person] | None:
        """Those of these (at most MOST_AT_ONCE) who have an account; None: the users service does not answer."""
        if not user_ids:
            return {}
        try:
            reply = self._client.get("/people", params={"ids": ",".join(map(str, user_ids))}, timeout=TIMEOUT_S)
            found = reply.raise_for_status().json()["people"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            log.warning("no names from the users service: %s", type(error).__name__)
            return None
        return {each["id"]: Person(each["username"], each["email"]) for each in found}

    def students_named(self, usernames: Collection[str]) -> dict[str, int]:
        """The ids of those of these (at most MOST_AT_ONCE) who are students, by name in small letters.

        Raises Unavailable.
        """
        # Others would be asked for in vain, or be taken for several.
        possible = [name for name in usernames if re.fullmatch(USER_NAME, name)]
        if not possible:
            return {}
        try:
            reply = self._client.get("/people", params={"name": ",".join(possible)})
            found = reply.raise_for_status().json()["people"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Unavailable("The users service does not answer; ask again in a moment") from error
        return {each["username"].lower(): each["id"] for each in found if "student" in each["roles"]}
