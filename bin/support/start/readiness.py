"""Whether each process does its work yet: asked the way its users will ask it.

A check returns None when ready, else what is missing. It never takes longer than about a second.
"""

import http.client
import json
import socket
from collections.abc import Callable
from functools import partial

import pika
from cluster import amqp_url, redis_ports
from layout import Layout
from pika.exceptions import AMQPError

Check = Callable[[], str | None]
_TIMEOUT_S = 1.0


def checks(layout: Layout) -> dict[str, Check]:
    """A check for each process, by the name honcho gives it (enrollment.2)."""
    found: dict[str, Check] = {}
    for process in layout.processes:
        for instance in range(layout.counts[process]):
            found[f"{process}.{instance + 1}"] = _check(layout, process, instance)
    return found


def _check(layout: Layout, process: str, instance: int) -> Check:
    settings = layout.settings
    match process:
        case "gateway":
            return partial(_http, layout.http_port(process, instance), "/__health")
        case "dynamodb":
            return partial(_dynamodb, layout.http_port(process))
        case "redis":
            return partial(_line, redis_ports(settings)[instance], b"PING\r\n", b"+PONG")
        case "aiosmtpd":
            return partial(_line, int(settings["SMTP_PORT"]), b"", b"220")
        case "rabbitmq":
            return partial(_amqp, amqp_url(settings, instance))
        case _:  # a service, or a background process with its health port
            return partial(_http, layout.http_port(process, instance), "/health/ready")


def _http(port: int, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, "{}" if method == "POST" else None, headers or {})
        reply = connection.getresponse()
        body = reply.read()
    except (OSError, http.client.HTTPException):
        return f"no answer on port {port}"
    finally:
        connection.close()
    return None if reply.status == 200 else f"{method} {path} gives {reply.status}{_detail(body)}"


def _detail(body: bytes) -> str:
    try:
        return f": {json.loads(body)['detail']}"
    except (ValueError, LookupError, TypeError):
        return ""


def _dynamodb(port: int) -> str | None:
    # DynamoDB Local reads the region and the key from the signature, and does not verify it.
    credential = "AWS4-HMAC-SHA256 Credential=x/20000101/us-west-2/dynamodb/aws4_request"
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": f"{credential}, SignedHeaders=host, Signature=0",
    }
    return _http(port, "/", "POST", headers)


def _line(port: int, question: bytes, answer: bytes) -> str | None:
    try:
        with socket.create_connection(("127.0.0.1", port), _TIMEOUT_S) as connection:
            connection.sendall(question)
            said = connection.recv(100)
    except OSError:
        return f"no answer on port {port}"
    return None if said.startswith(answer) else f"port {port} answers {said.decode(errors='replace').strip()!r}"


def _amqp(url: str) -> str | None:
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = _TIMEOUT_S
    try:
        pika.BlockingConnection(parameters).close()
    except (AMQPError, OSError, ValueError):  # ValueError: pika's, of a connection that is reset at once
        return f"no AMQP on port {parameters.port}"
    return None
