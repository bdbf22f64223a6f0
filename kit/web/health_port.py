"""The HTTP port of a background worker: `/health/live`, `/health/ready` and `/metrics`.

Off unless HEALTH_PORT is set. A thread of its own answers, so that it does also when the process is busy or waits.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kit.concurrency import deadline, threads
from kit.errors import AppError
from kit.observability import metrics

log = logging.getLogger(__name__)

Probe = Callable[[], object]

TIMEOUT_S = 5  # a connection that says nothing is closed
PROBE_TIMEOUT_S = 2.0


def open_health_port(host: str, port: int | None, probes: Mapping[str, Probe]) -> None:
    """Answer from now on, until the process ends. A probe raises when its part does not answer."""
    if port is None:
        return

    class Handler(_Handler):
        checks = probes

    server = _Server((host, port), Handler)
    threads.keep_running("health-port", server.serve_forever)


def failures(probes: Mapping[str, Probe]) -> dict[str, str]:
    """The dependencies that are down, and why; within PROBE_TIMEOUT_S and one call."""
    with deadline.until(time.monotonic() + PROBE_TIMEOUT_S):
        return {name: reason for name, probe in probes.items() if (reason := _failure(probe))}


def _failure(probe: Probe) -> str | None:
    try:
        probe()
    except AppError as error:
        return error.detail
    except Exception as error:  # a probe's failure, of whatever kind, is its result
        log.warning("readiness probe failed: %r", error)
        return type(error).__name__
    return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        log.debug("whoever asked has left", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    checks: Mapping[str, Probe] = {}
    timeout = TIMEOUT_S
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "health", ""

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/metrics":
                self._send(HTTPStatus.OK, metrics.exposition(), metrics.CONTENT_TYPE)
            case "/health/live":
                self._say(HTTPStatus.OK, {"status": "alive"})
            case "/health/ready":
                down = failures(self.checks)
                if down:
                    reasons = ", ".join(f"{name} ({reason})" for name, reason in down.items())
                    self._say(HTTPStatus.SERVICE_UNAVAILABLE, {"detail": f"Not ready: {reasons}"})
                else:
                    self._say(HTTPStatus.OK, {"status": "ready"})
            case _:
                self._say(HTTPStatus.NOT_FOUND, {"detail": "There are /health/live, /health/ready and /metrics"})

    def _say(self, status: HTTPStatus, body: dict[str, str]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Asked every few seconds: not worth a line."""
