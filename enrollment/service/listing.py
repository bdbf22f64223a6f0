"""The reply to GET /list, kept ready.

What this process commits is in the list at once; what others commit, within `max_age_s`. A class's own page and every
decision are never answered from here.
"""

import json
import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

from enrollment.domain.roster import ClassSection, ClassStatus


class Listing:
    """`pages` reads all active classes; `render` makes the JSON object of one."""

    def __init__(
        self,
        pages: Callable[[], Iterator[list[ClassSection]]],
        render: Callable[[ClassSection], dict[str, Any]],
        max_age_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pages = pages
        self._render = render
        self._max_age_s = max_age_s
        self._clock = clock
        self._lock = Lock()
        self._reading = Lock()
        self._classes: dict[int, tuple[int, bytes | None]] = {}  # id → version, JSON if it is listed
        self._committed: dict[int, ClassSection] = {}  # since the reading before the last one began
        self._committed_now: dict[int, ClassSection] = {}  # since the last reading began
        self._read_at = float("-inf")
        self._body: bytes | None = None

    def committed(self, facts: ClassSection) -> None:
        """This process has just committed these facts."""
        with self._lock:
            self._committed_now[facts.class_id] = facts
            self._put(facts)
            self._body = None

    def ready(self) -> bytes | None:
        """The body, if it is young enough to be sent without reading."""
        if self._clock() - self._read_at > self._max_age_s:
            return None
        with self._lock:
            if self._body is None:
                listed = (text for _, (_, text) in sorted(self._classes.items()) if text)
                self._body = b'{"Classes":[' + b",".join(listed) + b"]}"
            return self._body

    def body(self) -> bytes:
        """The body, read anew if it is too old; who asks meanwhile waits for the same reading. Raises Unavailable."""
        with self._reading:
            while (body := self.ready()) is None:
                self._read()
        return body

    def _read(self) -> None:
        began = self._clock()
        with self._lock:
            self._committed, self._committed_now = self._committed_now, {}
        found = [facts for page in self._pages() for facts in page]
        with self._lock:
            self._classes = {}
            # An index may lag behind what we have just committed, and a reading behind what is committed meanwhile.
            for facts in (*found, *self._committed.values(), *self._committed_now.values()):
                self._put(facts)
            self._read_at, self._body = began, None

    def _put(self, facts: ClassSection) -> None:
        version, _ = self._classes.get(facts.class_id, (0, None))
        if facts.version < version:
            return
        listed = facts.standing is ClassStatus.ACTIVE and facts.has_room
        text = json.dumps(self._render(facts), separators=(",", ":")).encode() if listed else None
        self._classes[facts.class_id] = (facts.version, text)
