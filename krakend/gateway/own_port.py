"""The runner's own port, on loopback: the keys as KrakenD asks for them, its health, and metrics of what it does."""

import asyncio
import json

from prometheus_client import Counter, Gauge

from kit.observability import metrics
from krakend.gateway.jwks import NO_KEYS, KeySet

HOST = "127.0.0.1"
LONGEST_HEAD_S = 2.0
JSON = "application/json"

KEYS = Gauge("gateway_keys", "Public keys that tokens are checked with")
KEYS_FETCHED = Gauge("gateway_keys_fetched_timestamp_seconds", "When the users service last gave its keys")
KEY_CHANGES = Counter("gateway_key_changes", "Other keys given to the gateway, by outcome", ["outcome"])
for outcome in ("used", "refused"):
    KEY_CHANGES.labels(outcome)


class OwnPort:
    """Open beside the one of the runner that this one replaces, until that one closes its own."""

    def __init__(self, port: int) -> None:
        self.jwks_url = f"http://{HOST}:{port}/jwks.json"
        self._port = port
        self._keys = NO_KEYS
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._answer, HOST, self._port, reuse_port=True)

    def close(self) -> None:
        """Requests that have come are answered."""
        if self._server is not None:
            self._server.close()

    def show(self, keys: KeySet) -> None:
        self._keys = keys
        KEYS.set(len(keys.keys))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(LONGEST_HEAD_S):
                head = await reader.readuntil(b"\r\n\r\n")
                status, content_type, body = self._reply(head.split(b" ", 2)[1].decode(errors="replace"))
                lines = (f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}")
                writer.write("\r\n".join((*lines, "Connection: close", "", "")).encode() + body)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
            pass  # its next request is another connection
        finally:
            writer.close()

    def _reply(self, path: str) -> tuple[str, str, bytes]:
        match path.partition("?")[0]:
            case "/jwks.json":
                return "200 OK", JSON, json.dumps(json.loads(self._keys.document)).encode()
            case "/metrics":
                return "200 OK", metrics.CONTENT_TYPE, metrics.exposition()
            case "/health/live":
                return "200 OK", JSON, b'{"status": "alive"}'
            case "/health/ready" if self._keys:
                return "200 OK", JSON, b'{"status": "ready"}'
            case "/health/ready":
                return "503 Service Unavailable", JSON, b'{"detail": "Not ready: there are no keys yet"}'
        known = "There are /jwks.json, /metrics, /health/live and /health/ready"
        return "404 Not Found", JSON, json.dumps({"detail": known}).encode()
