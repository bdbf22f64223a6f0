"""The running system, found by the settings bin/start gives to the tests."""

import os
from pathlib import Path
from typing import Any

import httpx

from kit.stores.redis_client import connect
from tests.support.http import TLS


def _first(name: str) -> str:
    """Of a service with several instances the first one's address."""
    return os.environ.get(name, "").partition(",")[0]


ENROLLMENT = _first("ENROLLMENT_URL")
NOTIFICATION = _first("NOTIFICATION_URL")
PAGES = _first("PAGES_URL")
USERS = _first("USERS_URL")


def request(method: str, url: str, **options: Any) -> httpx.Response:
    return httpx.request(method, url, timeout=30, trust_env=False, verify=TLS, **options)


def answer(method: str, url: str) -> Any:
    """The JSON of a reply that must be 200."""
    reply = request(method, url)
    assert reply.status_code == 200, (url, reply.status_code, reply.text)
    return reply.json()


def redis_value(key: str) -> str | None:
    with connect(os.environ["REDIS_URL"]) as client:
        value: Any = client.get(key)
        return value


def log() -> str:
    """All that the processes have printed so far."""
    return Path(os.environ["VAR_DIR"], "log", "system.log").read_text(errors="replace")


def artifacts() -> Path:
    """Where tests leave what a person may want to look at; not under version control."""
    folder = Path(os.environ["VAR_DIR"], "artifacts")
    folder.mkdir(exist_ok=True)
    return folder
