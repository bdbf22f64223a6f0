"""Formats our OpenAPI names and JSON Schema alone cannot generate. Loaded by schemathesis (SCHEMATHESIS_HOOKS)."""

import uuid

import schemathesis
from hypothesis import strategies

LOCAL = strategies.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_+-]{0,20}[A-Za-z0-9])?", fullmatch=True)
# Not any name: format "email" allows top-level domains that no mail reaches (.test), and they are refused.
DOMAIN = strategies.sampled_from(["example.com", "csu.fullerton.edu", "mail.example.org", "xn--bcher-kva.example.net"])
PATH = strategies.from_regex(r"(/[A-Za-z0-9._~-]{1,20}){0,4}", fullmatch=True)
# Addresses, so that no name server is asked.
HOST = strategies.sampled_from(["93.184.215.14", "127.0.0.1:9", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"])

schemathesis.openapi.format("email", strategies.builds("{}@{}".format, LOCAL, DOMAIN))
schemathesis.openapi.format(
    "callback-url",
    strategies.builds("{}://{}{}".format, strategies.sampled_from(["http", "https"]), HOST, PATH),
)


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case, __: object) -> None:
    """Another Idempotency-Key each time: the same one with another request is refused, as it must be."""
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
