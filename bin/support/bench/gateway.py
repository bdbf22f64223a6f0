"""The gateway in front of a 304, against KrakenD in front of a bare endpoint. Only where KrakenD runs."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from context import Context, Result
from load import Load
from positions import validators
from processes import Found, Process, free_port, start
from samples import Comparison, Figure

FULL_CLASS = 4  # of the development data: one seat
FIRST, SECOND = "liam", "jack"


def gateway(context: Context) -> Iterator[Result]:
    url = os.environ.get("GATEWAY_URL", "")
    if not _runs(url):
        yield Figure("gateway", "gateway in front of the 304", goal="80%", notes=["not measured: no KrakenD"])
        return
    headers = {"Authorization": f"Bearer {_somebody_in_line(url)}"}
    path = f"/student/waitlist/{FULL_CLASS}"
    etag, _ = validators(url + path, headers)
    bare = context.until_end(_bare_gateway(context.floor_app))
    yield Comparison(
        "gateway",
        "gateway in front of the 304, 32 connections",
        "KrakenD with one no-op route in front of a bare endpoint",
        0.8,
        Load(_running_gateway(url), path, last=1, headers={**headers, "If-None-Match": etag}),
        Load(bare, "/304/1", last=1),
    )


def _runs(url: str) -> bool:
    try:
        return bool(url) and httpx.get(f"{url}/__health", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _somebody_in_line(url: str) -> str:
    """The token of a student who waits for the class."""
    tokens = {}
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        for name in (FIRST, SECOND):
            credentials = {"username": name, "password": os.environ["DEMO_PASSWORD"]}
            tokens[name] = str(client.post("/user/login", json=credentials).raise_for_status().json()["access_token"])
            # 409 is as good: enrolled or waiting already.
            client.post(f"/student/enroll/{FULL_CLASS}", headers={"Authorization": f"Bearer {tokens[name]}"})
        for token in reversed(tokens.values()):
            reply = client.get(f"/student/waitlist/{FULL_CLASS}", headers={"Authorization": f"Bearer {token}"})
            if reply.status_code == httpx.codes.OK:
                return token
    raise RuntimeError("nobody of the development data waits for a class: run on fresh data")


def _running_gateway(url: str) -> Found:
    """The system's own process, as something to be loaded."""
    port = int(url.rpartition(":")[2])
    found = next(
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if (path / "comm").exists() and (path / "comm").read_text().strip() == "krakend"
        if f"GATEWAY_PORT={port}" in (path / "environ").read_bytes().decode(errors="replace").split("\0")
    )
    return Found(found, port)


def _bare_gateway(floor: Process) -> Process:
    port = free_port()
    configuration = {
        "version": 3,
        "listen_ip": "127.0.0.1",
        "port": port,
        "endpoints": [
            {
                "endpoint": "/304/{n}",
                "output_encoding": "no-op",
                "backend": [{"url_pattern": "/304/{n}/1/a/b", "host": [floor.url], "encoding": "no-op"}],
            }
        ],
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
