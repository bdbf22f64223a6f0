"""Long lists over HTTP: which part is asked for, how the next one is found (RFC 8288), and when nothing has changed."""

from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from annotated_types import Interval
from fastapi import Depends, Query, Response

from enrollment.service import class_list
from enrollment.service.catalog import Part
from kit.entity_tags import matches
from kit.web.compression import SMALLEST_BYTES
from kit.web.params import LARGEST_ID, Decimal

T = TypeVar("T")

MOST_LISTED = 10_000
MOST_ENROLLMENTS = 1_000  # of one student: a round trip to the database for every fifty

_AT_MOST = Query(description="how many at most; the header `Link` leads to the rest")
Limit = Annotated[int, Interval(ge=1, le=MOST_LISTED), Decimal, _AT_MOST]
EnrollmentsLimit = Annotated[int, Interval(ge=1, le=MOST_ENROLLMENTS), Decimal, _AT_MOST]
After = Annotated[
    int, Interval(ge=0, le=LARGEST_ID), Decimal, Query(description="go on after this one, as `Link` says")
]
PlaceAfter = Annotated[
    str, Query(pattern=r"^\d{1,16}\.\d{1,16}$", description="go on behind this place in line, as `Link` says")
]
Words = Annotated[str, Query(max_length=100)]


Course = Annotated[Words, Query(description="a part of the course's code or the class's name, in any case")]
Department = Annotated[Words, Query(description="a part of the department's name, in any case")]
Search = Annotated[
    Words, Query(description="words, each somewhere in the course's code, the class's name or department")
]


async def _list_query(
    limit: Limit | None = None,
    after: After = 0,
    course: Course = "",
    department: Department = "",
    full: Annotated[bool, Query(description="also classes that are full with a full waitlist")] = False,
    q: Search = "",
) -> class_list.Query:
    return class_list.Query(limit, after, course, department, full, q)


ListQuery = Annotated[class_list.Query, Depends(_list_query)]


def link_to_next(after: object, limit: int | None = None, **others: str) -> dict[str, str]:
    """The header that leads to the next page, relative to the address that was asked: it may be the gateway's."""
    given = {name: value for name, value in {"after": after, "limit": limit, **others}.items() if value}
    return {"Link": f'<?{urlencode(given)}>; rel="next"'}


def link_on(part: Part[T], cursor: Callable[[T], object], limit: int) -> dict[str, str]:
    """The header that leads to what follows this part; none if nothing does."""
    return {} if part.is_last else link_to_next(cursor(part.items[-1]), limit)


def lead_on(response: Response, part: Part[T], cursor: Callable[[T], object], limit: int) -> None:
    """Let the reply lead to what follows this part, if anything does."""
    response.headers.update(link_on(part, cursor, limit))


def _asked(query: class_list.Query) -> dict[str, str]:
    """Parameters of the next page, too."""
    asked = {"course": query.course, "department": query.department, "q": query.words}
    if not query.for_staff:
        return asked | {"full": "true" if query.full else ""}
    of_instructor = {"instructor_id": str(query.instructor_id or ""), "waiting": str(query.waiting or "")}
    return asked | of_instructor | {"state": query.status or ""}


def list_reply(page: class_list.Page, query: class_list.Query, if_none_match: str | None, *, packed: bool) -> Response:
    """The page, packed if the client takes that, or 304 if the client has it."""
    headers = {"ETag": page.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if if_none_match and matches(page.etag, [if_none_match]):
        return Response(status_code=304, headers=headers)
    if page.next_after is not None:
        headers |= link_to_next(page.next_after, query.limit, **_asked(query))
    if not packed or len(page.body) < SMALLEST_BYTES:
        return Response(page.body, media_type="application/json", headers=headers)
    return Response(page.gzipped, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"})
