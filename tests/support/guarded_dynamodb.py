"""DynamoDB Local behind the rights of one policy of etc/aws/template.json: what AWS would refuse is refused.

DynamoDB Local knows no rights. Each role has a port; a call is passed on if the role's policy allows every action it
takes on every table and index it names (a transaction takes those of its writes), and is AccessDenied otherwise.
"""

import http.client
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

QUIET_S = 0.3
TEMPLATE = Path(__file__).parents[2] / "etc/aws/template.json"

Use = tuple[str, str]  # an action, and a table's name without its prefix, with "/index" where an index is read
_READS = {"BatchGetItem", "GetItem", "Query", "Scan"}
_CHANGES = {"BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"}
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def resources(kind: str) -> dict[str, Any]:
    """Properties of the template's resources of this type, by their logical ids."""
    found = json.loads(TEMPLATE.read_text())["Resources"]
    return {name: each["Properties"] for name, each in found.items() if each["Type"] == kind}


def table_names() -> dict[str, str]:
    """Without prefix, by logical id."""
    tables = resources("AWS::DynamoDB::Table")
    return {logical: each["TableName"]["Fn::Sub"].removeprefix("${TablePrefix}") for logical, each in tables.items()}


def rights(role: str) -> set[Use]:
    statements = resources("AWS::IAM::ManagedPolicy")[f"{role}Policy"]["PolicyDocument"]["Statement"]
    dynamodb = [each for each in statements if "Effect" in each]
    return {
        (action.removeprefix("dynamodb:"), _target(resource))
        for each in dynamodb
        for action in each["Action"]
        for resource in each["Resource"]
    }


def _target(resource: dict[str, Any]) -> str:
    names = table_names()
    if "Fn::GetAtt" in resource:
        return names[resource["Fn::GetAtt"][0]]
    return names[resource["Fn::Sub"].removeprefix("${").removesuffix(".Arn}/index/*")] + "/index"


def uses(action: str, body: dict[str, Any], prefix: str) -> set[Use]:
    """What a call needs the right to."""
    if action == "TransactWriteItems":
        parts = [(_WRITES[kind], part) for item in body["TransactItems"] for kind, part in item.items()]
        return {(kind, part["TableName"].removeprefix(prefix)) for kind, part in parts}
    if "RequestItems" in body:
        return {(action, table.removeprefix(prefix)) for table in body["RequestItems"]}
    return {(action, body["TableName"].removeprefix(prefix) + ("/index" if "IndexName" in body else ""))}


class GuardedDynamoDB:
    def __init__(self, upstream: str, role: str, prefix: str) -> None:
        self.role = role
        self.refused: set[Use] = set()
        self.used: set[Use] = set()
        self.spent: Counter[tuple[str, str]] = Counter()  # units by "table" or "table/index", and "reads" or "writes"
        self._rights = rights(role)
        self._asked_at = 0.0
        self._upstream, self._prefix = urlsplit(upstream).netloc, prefix
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def missing(self, action: str, body: dict[str, Any]) -> set[Use]:
        self._asked_at = time.monotonic()
        wanted = uses(action, body, self._prefix)
        self.used |= wanted
        self.refused |= (refused := wanted - self._rights)
        return refused

    def is_quiet(self) -> bool:
        """Nobody has asked for a while."""
        return time.monotonic() - self._asked_at > QUIET_S

    def note_spent(self, action: str, reply: bytes) -> None:
        found = json.loads(reply).get("ConsumedCapacity", [])
        kind = "reads" if action in _READS else "writes"
        for each in found if isinstance(found, list) else [found]:
            table = each["TableName"].removeprefix(self._prefix)
            self.spent[table, kind] += each["CapacityUnits"]
            for index, units in each.get("GlobalSecondaryIndexes", {}).items():
                self.spent[f"{table}/{index}", kind] += units["CapacityUnits"]
                self.spent[table, kind] -= units["CapacityUnits"]

    def start(self) -> None:
        Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        guard = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                action = self.headers["X-Amz-Target"].partition(".")[2]
                if refused := guard.missing(action, json.loads(asked)):
                    kind = "com.amazon.coral.service#AccessDeniedException"
                    self._reply(400, json.dumps({"__type": kind, "Message": f"not authorized: {refused}"}).encode())
                    return
                if action in _READS | _CHANGES:
                    asked = json.dumps(json.loads(asked) | {"ReturnConsumedCapacity": "INDEXES"}).encode()
                kept = ("x-amz-target", "content-type", "authorization", "x-amz-date")
                headers = {name: value for name, value in self.headers.items() if name.lower() in kept}
                # One connection for each call: DynamoDB Local closes idle ones.
                with closing(http.client.HTTPConnection(guard._upstream, timeout=20)) as database:
                    database.request("POST", "/", asked, headers)
                    with database.getresponse() as reply:
                        said = reply.read()
                guard.note_spent(action, said)
                self._reply(reply.status, said)

            def _reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def guarded(upstream: str, role: str, prefix: str) -> Iterator[GuardedDynamoDB]:
    database = GuardedDynamoDB(upstream, role, prefix)
    database.start()
    try:
        yield database
    finally:
        database.stop()
