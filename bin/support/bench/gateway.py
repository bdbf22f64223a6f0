"""The gateway in front of a 304: HAProxy against the bare service, KrakenD against its bare token check."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.context import Context, Result
from bench.load import Load
from bench.positions import validators
from bench.processes import Found, Process, free_port, start
from bench.samples import Comparison, Figure, Of

FULL_CLASS = 4  # of the development data: one seat
FIRST, SECOND = "liam", "jack"
PATH = f"/student/waitlist/{FULL_CLASS}"


@dataclass(frozen=True)
class Waiting:
    """Somebody in line: their token, and the service's path for their position."""

    token: str
    path: str


def gateway(context: Context) -> Iterator[Result]:
    url, name = os.environ.get("GATEWAY_URL", ""), os.environ.get("GATEWAY", "")
    if not _runs(url):
        yield Figure("gateway", "gateway in front of the 304", goal="75%", notes=["not measured: no gateway runs"])
        return
    somebody = _somebody_in_line(url)
    headers = {"Authorization": f"Bearer {somebody.token}"}
    etag, _ = validators(url + PATH, headers)
    conditional = {"If-None-Match": etag}
    through = Found(_program("gateway.1", name), int(url.rpartition(":")[2]))
    service = Found(_pid("enrollment.1"), int(os.environ["ENROLLMENT_URL"].rpartition(":")[2]))

    def load(server: Process | Found, path: str, connections: int = 32) -> Load:
        return Load(server, path, last=1, headers=headers | conditional, connections=connections)

    straight = load(service, somebody.path)
    if name == "haproxy":
        what, floor, goal = "the same position straight at the service", straight, 0.75
    else:
        alone = context.until_end(_token_check_alone(url, somebody))
        what, floor, goal = "KrakenD with the token check alone, the same service behind it", load(alone, PATH), 0.9
    yield Comparison("gateway", f"{name} in front of the 304, 32 connections", what, goal, load(through, PATH), floor)
    yield Comparison(
        "gateway-idle",
        f"one request at a time through {name}",
        "straight at the service",
        None,
        load(through, PATH, 1),
        load(service, somebody.path, 1),
        of=Of.P50_MS,
    )


def _runs(url: str) -> bool:
    try:
        return bool(url) and httpx.get(f"{url}/__health", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _somebody_in_line(url: str) -> Waiting:
    """Of two who enroll in a class of one seat, the one who waits."""
    found = []
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        for name in (FIRST, SECOND):
            credentials = {"username": name, "password": os.environ["DEMO_PASSWORD"]}
            token = str(client.post("/user/login", json=credentials).raise_for_status().json()["access_token"])
            # 409 is as good: enrolled or waiting already.
            client.post(f"/student/enroll/{FULL_CLASS}", headers={"Authorization": f"Bearer {token}"})
            found.append((name, token))
        for name, token in reversed(found):
            reply = client.get(PATH, headers={"Authorization": f"Bearer {token}"})
            if reply.status_code == httpx.codes.OK:
                student = reply.headers["etag"].strip('"').rpartition("-")[2]
                return Waiting(token, f"/waitlist/{student}/{FULL_CLASS}/{name}/{name}@example.com")
    raise RuntimeError("nobody of the development data waits for a class: run on fresh data")


def _pid(name: str) -> int:
    return int((Path(os.environ["VAR_DIR"]) / "pids" / f"{name}.pid").read_text())


def _program(name: str, program: str) -> int:
    """The process of this program that does the work: the last of those below the one of the Procfile."""
    pid = _pid(name)
    found = pid
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pid = int(children[-1])
        if Path(f"/proc/{pid}/comm").read_text().strip() == program:
            found = pid
    return found


def _token_check_alone(url: str, somebody: Waiting) -> Process:
    port, gateway_port = free_port(), int(url.rpartition(":")[2])
    route = {
        "endpoint": "/student/waitlist/{classid}",
        "output_encoding": "no-op",
        "input_headers": ["If-None-Match"],
        "backend": [
            {
                "url_pattern": somebody.path.replace(f"/{FULL_CLASS}/", "/{classid}/", 1),
                "host": [os.environ["ENROLLMENT_URL"]],
                "encoding": "no-op",
            }
        ],
        "extra_config": {
            "auth/validator": {
                "alg": "RS256",
                "jwk_url": f"http://127.0.0.1:{gateway_port + 2}/jwks.json",
                "disable_jwk_security": True,
                "cache": True,
            }
        },
    }
    router = {"router": {"disable_access_log": True}}
    configuration = {
        "version": 3,
        "listen_ip": "127.0.0.1",
        "port": port,
        "extra_config": router,
        "endpoints": [route],
    }
    file = Path(tempfile.mkdtemp(prefix="bench-krakend-"), "krakend.json")
    file.write_text(json.dumps(configuration))
    command = ["bash", "-c", 'source bin/support/versions.bash; exec "$(find_krakend)" run -c "$1"', "bare", str(file)]
    process = start("krakend", command, {"USAGE_DISABLE": "1", "FC_ENABLE": ""}, port)
    end = time.monotonic() + 20
    while not _runs(process.url):
        if time.monotonic() > end:
            raise RuntimeError("the bare KrakenD did not start")
        time.sleep(0.1)
    return process
