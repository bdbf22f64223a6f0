"""Logging of every process: one line an event on standard output; honcho puts the process's name before it.

What somebody sent can be in a message or in an error's text. It can not end the line and begin one that looks like
ours: control characters are written as escapes, and the lines of a traceback are set in.
"""

import logging
import sys
from types import TracebackType

# C0, DEL and C1 (RFC 20, ISO 6429), and the separators that str.splitlines and some viewers take for line ends.
_ESCAPES = {code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)]} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_ESCAPES_IN_TRACEBACK = {code: escape for code, escape in _ESCAPES.items() if code != ord("\n")}
# Servers with handlers of their own, which would write their lines as they are.
_WITH_OWN_HANDLERS = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure(level: str) -> None:
    """Send all loggers to standard output at this level. Quiet libraries that log every frame or request."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _WITH_OWN_HANDLERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for noisy in ("pika", "botocore", "httpx", "httpcore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs whole tracebacks for what we translate and retry


class OneLine(logging.Formatter):
    """An event in one line, and below it, set in, its traceback if it has one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return super().formatMessage(record).translate(_ESCAPES)

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        lines = super().formatException(ei).translate(_ESCAPES_IN_TRACEBACK).split("\n")
        return "\n".join(f"  | {line}" for line in lines)
