"""Replies that pages ask for again and again, sent whole only when they say something new (RFC 9110 §13.1.2)."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel

from kit.entity_tags import matches, tag_of

IfNoneMatch = Annotated[str | None, Header(description="an ETag of this resource")]
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The client's copy is current"}}

_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}  # at a gateway all share the URL


def unless_unchanged(body: BaseModel, if_none_match: str | None, headers: Mapping[str, str] | None = None) -> Response:
    """The body as JSON with an ETag of it; 304 if that is the one the client names. `headers` are those of the 200."""
    content = body.model_dump_json().encode()
    tagged = {"ETag": tag_of(content), **_PRIVATE}
    if if_none_match and matches(tagged["ETag"], [if_none_match]):
        return Response(status_code=304, headers=tagged)
    return Response(content, media_type="application/json", headers={**tagged, **(headers or {})})
