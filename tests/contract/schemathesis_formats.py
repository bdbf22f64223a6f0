"""Formats our OpenAPI names and JSON Schema alone cannot generate. Loaded by schemathesis (SCHEMATHESIS_HOOKS).

They are lists, made by dice with a seed. Schemathesis wants strings of just the shortest and the longest length, and of
one more. Among ever new addresses it found none, and looked for a minute in all: of a list it takes what fits.
"""

import random
import string
import uuid
from collections.abc import Callable

import schemathesis
from hypothesis import strategies

_COUNT = 60  # some lengths no URL has: a list that is gone through in vain should be short
_DICE = random.Random(449)


def _text(letters: str, least: int, most: int) -> str:
    return "".join(_DICE.choices(letters, k=_DICE.randint(least, most)))


def _email() -> str:
    ends = string.ascii_letters + string.digits
    local = _DICE.choice([_text(ends, 1, 1), _text(ends, 1, 1) + _text(ends + "_+-", 0, 20) + _text(ends, 1, 1)])
    # Not any name: format "email" allows top-level domains that no mail reaches (.test), and they are refused.
    domains = ["example.com", "csu.fullerton.edu", "mail.example.org", "xn--bcher-kva.example.net"]
    return f"{local}@{_DICE.choice(domains)}"


def _long_email(length: int) -> str:
    local, domain = "l" * 64, "example.com"
    while (left := length - len(f"{local}@{domain}")) > 0:
        domain = f"{'d' * min(63, left - 1)}.{domain}"
    return f"{local}@{domain}"


def _callback_url() -> str:
    # Addresses, so that no name server is asked.
    hosts = ["93.184.215.14", "127.0.0.1:9", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"]
    segments = [_text(string.ascii_letters + string.digits + "._~-", 1, 20) for _ in range(_DICE.randint(0, 4))]
    return "/".join([f"{_DICE.choice(['http', 'https'])}://{_DICE.choice(hosts)}", *segments])


def _several(make: Callable[[], str]) -> list[str]:
    return [make() for _ in range(_COUNT)]


# Beside a pattern it takes what fits of the first three that are drawn, or else looks among all that has the pattern.
_LONG = [_long_email(length) for length in (253, 254, 255)] * 8
schemathesis.openapi.format("email", strategies.sampled_from(_several(_email) + _LONG))
schemathesis.openapi.format("callback-url", strategies.sampled_from(_several(_callback_url)))


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case, __: object) -> None:
    """Another Idempotency-Key each time: the same one with another request is refused, as it must be."""
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
