"""Replies that are sent whole only when they say something new."""

import json

from pydantic import BaseModel

from kit.web.unchanged import unless_unchanged


class Said(BaseModel):
    text: str
    count: int | None


SAME = Said(text="Größe <1>", count=None)
LINK = {"Link": '<?after=7>; rel="next"'}


def test_what_is_new_is_sent_whole_with_its_tag() -> None:
    reply = unless_unchanged(SAME, '"another"', LINK)
    assert (reply.status_code, json.loads(bytes(reply.body))) == (200, {"text": "Größe <1>", "count": None})
    assert reply.headers["Link"] == LINK["Link"]
    assert reply.headers["Cache-Control"] == "private, no-cache"
    assert reply.headers["Content-Type"] == "application/json"


def test_what_the_client_has_is_a_304_for_strong_and_weak_tags() -> None:
    tag = unless_unchanged(SAME, None).headers["ETag"]
    for named in (tag, f"W/{tag}", f'"x", W/{tag}', "*"):
        reply = unless_unchanged(SAME, named)
        assert (reply.status_code, bytes(reply.body), reply.headers["ETag"]) == (304, b"", tag)
    assert unless_unchanged(SAME.model_copy(update={"count": 1}), tag).status_code == 200
