"""Logging of every process: one line an event on standard output; honcho puts the process's name before it.

Text from callers can be in a message or in an error's text. It cannot end the line and begin one that looks like
ours: control characters are written as escapes, and the lines of a traceback are set in. URLs, which can hold keys, are
cut after the host.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from kit.observability import correlation

# C0, DEL and C1 (RFC 20, ISO 6429), and the separators that str.splitlines and some viewers take for line ends.
_ESCAPES = {code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)]} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_ESCAPES_IN_TRACEBACK = {code: escape for code, escape in _ESCAPES.items() if code != ord("\n")}
# Servers with handlers of their own, which would write their lines as they are.
_WITH_OWN_HANDLERS = ("uvicorn", "uvicorn.error")


# A callback's path is what keeps strangers from posting to it, and a server's URL may hold its password.
# A scheme begins where no letter of one stands before, and is not tried again from its middle: or the time that a text
# like "a.a.a.…" takes would grow with the square of its length (25 s for 100 kB).
_URL = re.compile(r"(?<![a-z0-9+.-])([a-z0-9+.-]++://)(?:[^\s/@'\"]*@)?([^\s/?#'\"]+)([/?#][^\s'\"]+)?", re.IGNORECASE)
_ENCODED_URL = re.compile(r"\b(https?)%(?:25)*3A%[^\s'\"]*", re.IGNORECASE)


def configure(level: str, style: Literal["json", "text"] = "text") -> None:
    """Send all loggers to standard output at this level. Quiet libraries that log every frame or request."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLine() if style == "json" else OneLine("%(levelname)s %(name)s: %(message)s"))
    if style == "json":  # the last words of a process that fails, too, which are the interpreter's otherwise
        sys.excepthook = lambda *about: logging.getLogger("process").critical("failed", exc_info=about)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _WITH_OWN_HANDLERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # Off even without --no-access-log: a path names people and holds a whole callback URL. Uvicorn looks for handlers.
    logging.getLogger("uvicorn.access").handlers.clear()
    logging.getLogger("uvicorn.access").propagate = False
    for noisy in ("pika", "botocore", "httpx", "httpcore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs whole tracebacks for what we translate and retry


class OneLine(logging.Formatter):
    """An event in one line, and below it, set in, its traceback if it has one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        request_id = _request_id(record)
        of_request = f" [{request_id}]" if request_id else ""
        return f"{without_urls(super().formatMessage(record))}{of_request}".translate(_ESCAPES)

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        lines = without_urls(super().formatException(ei)).translate(_ESCAPES_IN_TRACEBACK).split("\n")
        return "\n".join(f"  | {line}" for line in lines)


class JsonLine(logging.Formatter):
    """An event as one JSON object in one line of ASCII, so that nothing in it can end the line."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_urls(record.getMessage()),
        }
        if request_id := _request_id(record):
            event["request_id"] = request_id
        if record.exc_info:
            event["exception"] = without_urls(self.formatException(record.exc_info))
        return json.dumps(event)


def without_urls(text: str) -> str:
    """The text with every URL cut after its host, also percent-encoded ones, which lose the host, too."""
    if "%3" not in text and "%25" not in text and "://" not in text:
        return text
    return _ENCODED_URL.sub(r"\1%3A…", _URL.sub(lambda url: f"{url[1]}{url[2]}{'/…' if url[3] else ''}", text))


def _request_id(record: logging.LogRecord) -> str | None:
    """Of the request the event belongs to: the one it says, or the one this thread works for."""
    request_id: str | None = getattr(record, "request_id", None)
    return request_id or correlation.current()
