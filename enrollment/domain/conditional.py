"""Conditional requests on a waitlist position: validators and their evaluation (RFC 9110 §8.8 and §13).

The entity tag is strong and made from the line's version and the student: at a gateway all students have one URL, and
one student's tag must not match what another would get. The date has one-second grain: `stamp` is the second of the
last change, or the next one if there was already a change in that second, so it never names two states of the line.
The date sent is never in the future; the comparison uses the stamp itself.
"""

from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

from kit.entity_tags import matches

# RFC 9110 §5.6.7: what a recipient must accept.
_HTTP_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")


class Validators(NamedTuple):
    """The present state of a line, for one student. `now_s` is the clock that also made the stamp."""

    student_id: int
    version: int
    stamp_s: int
    now_s: int

    @property
    def etag(self) -> str:
        return f'"{self.version}-{self.student_id}"'

    def headers(self, sent_s: int) -> dict[str, str]:
        """`sent_s`: the clock that makes Date, which Last-Modified must not be later than (RFC 9110 §8.8.2.1)."""
        return {
            "ETag": self.etag,
            "Last-Modified": _http_date(min(self.stamp_s, self.now_s, sent_s)),
            "Cache-Control": "private, no-cache",
            "Vary": "Authorization",
        }

    def not_modified(self, if_none_match: list[str], if_modified_since: list[str]) -> bool:
        """Whether the client's copy is current. Each argument holds the values of the header's lines.

        If-None-Match, when present, decides alone (§13.2.2). An If-Modified-Since that is repeated or is no HTTP-date
        is ignored (§13.1.3); so is one from the future, which we never sent.
        """
        if if_none_match:
            return matches(self.etag, if_none_match)
        since = _parse(if_modified_since[0]) if len(if_modified_since) == 1 else None
        return since is not None and self.stamp_s <= since <= self.now_s


@lru_cache(maxsize=4096)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


@lru_cache(maxsize=4096)
def _parse(value: str) -> int | None:
    for form in _HTTP_DATES:
        try:
            date = datetime.strptime(value.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int(date.timestamp())
    return None
