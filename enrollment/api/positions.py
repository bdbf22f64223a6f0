"""The position in line: the request that thousands repeat while they wait.

The route below documents it and refuses what is malformed. A well-formed request is answered ahead of it by
`Refreshes`, without FastAPI's routing and validation, which cost several times what the answer itself does.
"""

import re
from functools import lru_cache
from time import time
from typing import Annotated, NamedTuple, TypeAlias

from fastapi import APIRouter, Header, Request, Response
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from enrollment.api import preferences
from enrollment.api import schemas as replies
from enrollment.api.dependencies import CallerEmail, CallerName, ClassId, PositionsDep, StudentId
from enrollment.api.held_replies import held_back
from enrollment.domain.moments import rfc3339_or_none
from enrollment.service.position_watch import PositionWatch
from enrollment.service.positions import Position, Positions
from kit.errors import AppError
from kit.moments import rfc3339
from kit.web.app import COMMON_PROBLEMS, problems, refusal
from kit.web.params import LARGEST_ID, EmailAddress, UserName

router = APIRouter(tags=["students"], responses=COMMON_PROBLEMS)

PATH = "/waitlist/{studentid}/{classid}/{username}/{email}"

_Reply: TypeAlias = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


@router.get(
    PATH,
    summary="View Current Position",
    response_model=replies.WaitlistPosition,
    responses={304: {"description": "The line has not changed"}, **problems(_404="No such class, or not in its line")},
)
@router.head(PATH, include_in_schema=False)
async def position(
    request: Request,
    studentid: StudentId,
    classid: ClassId,
    username: CallerName,
    email: CallerEmail,
    positions: PositionsDep,
    if_none_match: Annotated[str | None, Header(description="an ETag of this resource")] = None,
    if_modified_since: Annotated[str | None, Header(description="a Last-Modified of this resource")] = None,
    prefer: Annotated[str | None, Header(description="`wait=25`: seconds to wait for news (RFC 7240)")] = None,
) -> Response:
    """The place in line (1 is next), the length of the line, and since when the student waits.

    Refreshing is cheap: with `If-None-Match` or `If-Modified-Since` the reply is 304 while the line is unchanged.
    With `Prefer: wait=25` beside it the reply comes when the line moves, or as a 304 after 25 seconds. It then carries
    `Preference-Applied`; a reply without it came at once, since too many wait already: ask again in a moment.
    """
    found = await positions.of(studentid, classid)
    status, headers, body = _reply(found, _conditions(request.scope))
    return Response(body, status, dict(headers))


_ROUTE = router.routes[0]
_WELL_FORMED = re.compile(r"/waitlist/([1-9][0-9]{0,15})/([1-9][0-9]{0,15})/([^/]+)/([^/]+)")


@router.get("/waitlists/{studentid}/{username}/{email}", summary="View All My Positions")
async def positions_of_student(
    studentid: StudentId, username: CallerName, email: CallerEmail, positions: PositionsDep
) -> replies.Waitlists:
    """Every line the student is in, by class id; an empty list if none."""
    return replies.Waitlists(
        Waitlists=[
            replies.PlaceInLine(
                ClassID=class_id,
                position=p.position,
                length=p.length,
                since=rfc3339(p.since_s),
                paused=p.paused,
                offered_until=rfc3339_or_none(p.offered_until_s),
            )
            for class_id, p in await positions.all_of(studentid)
        ]
    )


class Refreshes:
    """Middleware that answers well-formed position requests; whatever else comes goes to the routes."""

    def __init__(self, app: ASGIApp, positions: Positions, watch: PositionWatch) -> None:
        self._app = app
        self._positions = positions
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope)
        if asked is None:
            return await self._app(scope, receive, send)
        scope["route"] = _ROUTE  # what kit.web.request_context counts it under
        try:
            status, headers, body = await self._reply_to(asked, _conditions(scope), receive)
        except AppError as error:
            return await refusal(error)(scope, receive, send)
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        if body:
            encoded.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})
        return None

    async def _reply_to(self, asked: tuple[int, int], conditions: "_Conditions", receive: Receive) -> _Reply:
        if conditions.prefer:
            return await self._preferred(asked, conditions, receive)
        if len(conditions.tags) == 1:  # most of those who repeat their question
            validators = await self._positions.unchanged(*asked, conditions.tags[0])
            if validators:
                return 304, validators.headers(sent_s=int(time())), b""
        return _reply(await self._positions.of(*asked), conditions)

    async def _preferred(self, asked: tuple[int, int], conditions: "_Conditions", receive: Receive) -> _Reply:
        found = await self._positions.of(*asked)
        found, applied = await self._held_back(asked, found, conditions, receive)
        status, headers, body = _reply(found, conditions)
        return status, headers | applied, body

    async def _held_back(
        self, asked: tuple[int, int], found: Position, conditions: "_Conditions", receive: Receive
    ) -> tuple[Position, dict[str, str]]:
        """The position to reply, at once or after the wait that was preferred, and the header that says so."""
        wait_s = self._watch.bounded(preferences.wait_s(conditions.prefer))
        if not wait_s or not self._watch.admits(asked[0]):
            return found, {}
        if conditions.are_met_by(found):
            is_news = lambda now: not conditions.are_met_by(now)  # noqa: E731
            found = await held_back(self._watch, *asked, found, wait_s, is_news, receive)
        return found, {"Preference-Applied": f"wait={wait_s:g}"}


def _asked(scope: Scope) -> tuple[int, int] | None:
    """The student and the class of a well-formed position request."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    parts = _WELL_FORMED.fullmatch(scope["path"])
    if parts is None or not _names_somebody(parts[3], parts[4]):
        return None
    student_id, class_id = int(parts[1]), int(parts[2])
    return (student_id, class_id) if student_id <= LARGEST_ID and class_id <= LARGEST_ID else None


_NAME: TypeAdapter[str] = TypeAdapter(UserName)
_EMAIL: TypeAdapter[str] = TypeAdapter(EmailAddress)


@lru_cache(maxsize=65_536)
def _names_somebody(name: str, email: str) -> bool:
    try:
        _NAME.validate_python(name)
        _EMAIL.validate_python(email)
    except ValidationError:
        return False
    return True


class _Conditions(NamedTuple):
    """What a request says that its client knows, and would wait for: the values of each header's lines."""

    tags: list[str]
    dates: list[str]
    prefer: list[str]

    def are_met_by(self, found: Position) -> bool:
        """Whether the client has said that it knows this state of the line."""
        return found.validators.not_modified(self.tags, self.dates)


def _conditions(scope: Scope) -> _Conditions:
    tags, dates, prefer = [], [], []
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags.append(value.decode("latin-1"))
        elif name == b"if-modified-since":
            dates.append(value.decode("latin-1"))
        elif name == b"prefer":
            prefer.append(value.decode("latin-1"))
    return _Conditions(tags, dates, prefer)


def _reply(found: Position, conditions: _Conditions) -> _Reply:
    """304 if the client's copy is current and no change is under way."""
    headers = found.validators.headers(sent_s=int(time()))
    if found.no_pending_writes and conditions.are_met_by(found):
        return 304, headers, b""
    more = b',"paused":true' if found.paused else b""
    if found.offered_until_s:
        more = b',"offered_until":"%s"' % rfc3339(found.offered_until_s).encode()
    since = rfc3339(found.since_s).encode()
    body = b'{"position":%d,"length":%d,"since":"%s"%s}' % (found.position, found.length, since, more)
    return 200, {**headers, "Content-Type": "application/json"}, body
