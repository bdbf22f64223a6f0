"""Logging of every process: one line an event on standard output; honcho puts the process's name before it."""

import logging
import sys


def configure(level: str) -> None:
    """Send all loggers to standard output at this level. Quiet libraries that log every frame or request."""
    logging.basicConfig(stream=sys.stdout, level=level, format="%(levelname)s %(name)s: %(message)s", force=True)
    for noisy in ("pika", "botocore", "httpx", "httpcore", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs whole tracebacks for what we translate and retry
