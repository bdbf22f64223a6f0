"""Whether a history is whole: numbers without a gap, each entry holding the hash of the one before it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import rfc8785


class Broken(Exception):
    """The first entry that does not fit, and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"entry {number}: {why}")
        self.number = number
        self.why = why


def checked(class_id: int, entries: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The entries, as long as each fits behind the one before it. Raises Broken at the first that does not."""
    previous = "0" * 64
    for number, entry in enumerate(entries, start=1):
        if entry.get("number") != number:
            raise Broken(number, f"is missing: the next stored entry is number {entry.get('number')}")
        if entry.get("class_id") != class_id:
            raise Broken(number, f"is an entry of class {entry.get('class_id')}")
        if entry.get("previous") != previous:
            raise Broken(number, "does not hold the hash of the entry before it")
        body = {name: value for name, value in entry.items() if name != "hash"}
        if hashlib.sha256(rfc8785.dumps(body)).hexdigest() != entry.get("hash"):
            raise Broken(number, "was changed: its hash is that of something else")
        previous = entry["hash"]
        yield entry
