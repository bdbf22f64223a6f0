"""Entity tags and how they are compared (RFC 9110 §8.8.3)."""

import hashlib
from collections.abc import Sequence


def tag_of(content: bytes) -> str:
    """Strong: of the bytes alone, the same in every instance."""
    return f'"{hashlib.sha256(content).hexdigest()[:20]}"'


def matches(etag: str, if_none_match: Sequence[str]) -> bool:
    """Weak comparison (§8.8.3.2) with each tag in the header's lines; `*` matches whatever there is."""
    listed = [tag.strip().removeprefix("W/") for tag in ",".join(if_none_match).split(",")]
    return listed == ["*"] or etag.removeprefix("W/") in listed
