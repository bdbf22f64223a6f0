"""The notification service over HTTP, in a thread of the tests' process."""

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

from notification.app import create_app
from notification.settings import NotificationSettings
from tests.support.waiting import until


class Service:
    """A running service; requests keep the path exactly as written."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"content-type": "application/json"} if text else {})
        reply = connection.getresponse()
        payload = json.loads(reply.read())
        connection.close()
        return reply.status, payload

    def headers(self, method: str, path: str) -> dict[str, str]:
        """Those of the reply, names in lower case."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path)
        reply = connection.getresponse()
        reply.read()
        connection.close()
        return {name.lower(): value for name, value in reply.getheaders()}


def serving(**settings: Any) -> Iterator[Service]:
    # What the environment allows callbacks to reach must not decide these tests.
    settings = {"environment": "development", "callback_allowed_networks": ()} | settings
    app = create_app(NotificationSettings(**settings))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, access_log=False, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    service = Service(server.servers[0].sockets[0].getsockname()[1])
    until(lambda: service("GET", "/subscribe/list/1")[0] == 200, "the stores were not prepared")
    yield service
    server.should_exit = True
    thread.join(10)
