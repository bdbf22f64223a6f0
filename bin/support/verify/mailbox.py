"""The mails the development mail server took: aiosmtpd prints each one, and bin/start writes that to the log.

The event's id is the left part of the Message-ID; a digest names its events in X-Event-IDs, in the order of their
sentences. aiosmtpd prints before it says that it took the mail, so what it
could not print to the end, because it was killed, was not taken and comes again.
"""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from verify.background import Background
from verify.history import Delivery, History
from verify.receiver import told

_LINE = re.compile(r"^\S+ (?P<process>aiosmtpd\.\d+) *\| ?(?P<text>.*)$")
_BEGIN, _END = "---------- MESSAGE FOLLOWS ----------", "------------ END MESSAGE ------------"
_MESSAGE_ID = re.compile(r"^Message-ID:\s*<([^@>]+)@", re.IGNORECASE)
_EVENT_IDS = re.compile(r"^X-Event-IDs:(.*)$", re.IGNORECASE)
_PART = re.compile(r"^Content-Type:\s*text/html", re.IGNORECASE)  # says the same again
_EVERY_S = 0.1


class Mails:
    """Puts mails together from the lines of a log; gives (event id, student, class) of each notice in a whole one."""

    def __init__(self) -> None:
        self._lines: list[str] | None = None

    def take(self, line: str) -> list[tuple[str, int, int]]:
        found = _LINE.match(line)
        if found is None:
            return []
        text = found["text"].rstrip()
        if text == _BEGIN:
            self._lines = []
        elif text == _END:
            mail, self._lines = self._lines or [], None
            return _read(mail)
        elif self._lines is not None:
            self._lines.append(text)
        return []


def _read(mail: list[str]) -> list[tuple[str, int, int]]:
    told_of = list(filter(None, map(told, takewhile(lambda line: not _PART.match(line), mail))))
    return [(event_id, *about) for event_id, about in zip(_event_ids(mail), told_of, strict=False)]


def _event_ids(mail: list[str]) -> list[str]:
    for number, line in enumerate(mail):
        if found := _EVENT_IDS.match(line):
            folded = takewhile(lambda line: line.startswith(" "), mail[number + 1 :])
            return " ".join([found[1], *folded]).split()
    return [found[1] for line in mail if (found := _MESSAGE_ID.match(line))][:1]


class Mailbox(Background):
    """Reads the log from where it ends now."""

    def __init__(self, log: Path, history: History, clock: Callable[[], float]) -> None:
        super().__init__(self._run)
        self._log = log
        self._history = history
        self._clock = clock
        self._from = log.stat().st_size

    def _run(self) -> None:
        mails = Mails()
        for line in self._lines():
            for event_id, student, class_id in mails.take(line):
                if class_id in self._history.class_ids:
                    self._history.deliveries.append(Delivery("email", event_id, student, class_id, self._clock()))

    def _lines(self) -> Iterator[str]:
        begun = ""
        with self._log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._from)
            while not self._stop.is_set():
                read = log.readline()
                if not read:
                    self._stop.wait(_EVERY_S)
                    continue
                begun += read
                if begun.endswith("\n"):
                    yield begun.rstrip("\n")
                    begun = ""
