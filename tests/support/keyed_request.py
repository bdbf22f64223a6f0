"""Requests with an `Idempotency-Key`, and what is said in their replies."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.caller import Caller


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: Any = None

    def send(self, caller: Caller, key: str | None, **headers: str) -> httpx.Response:
        named = {"Idempotency-Key": key} if key else {}
        return caller._call(self.method, self.path, headers=named | headers, json=self.body)


def new_key() -> str:
    return str(uuid.uuid4())


def said(reply: httpx.Response) -> tuple[int, Any]:
    return reply.status_code, reply.json()


def is_replayed(reply: httpx.Response) -> bool:
    return reply.headers.get("Idempotency-Replayed") == "true"
