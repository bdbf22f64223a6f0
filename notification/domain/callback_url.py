"""The proxyURL of a subscription: what is accepted, and how it is stored.

It arrives percent-encoded once in the path (curl) or twice (Swagger UI encodes what the user typed encoded), which
after the server's own decoding is plain or encoded once; the JSON body may hold either. All are stored encoded once:

    https://smee.io/abc              ┐
    https%3A%2F%2Fsmee.io%2Fabc      ├─► https%3A%2F%2Fsmee.io%2Fabc
    //smee.io/abc, %2F%2Fsmee.io…    ┘   a URL that names no scheme (RFC 3986 §4.2) means https
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

import httpx

from kit.errors import Malformed

LONGEST_URL = 2000
LONGEST_STORED = 6000  # what an event may carry, see etc/schemas/enrollment.promoted.json
LONGEST_HOST, LONGEST_LABEL = 253, 63  # RFC 1035 §2.3.4, as text

_PLAIN = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
_FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\xa0\ufffd\"<>\\^`{|}]")


class NotACallbackUrl(Malformed):
    """`fact` says what is wrong with it."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"proxyURL {fact}; use one like https://smee.io/your-channel")


@dataclass(frozen=True)
class CallbackUrl:
    """A plain http or https URL that names a host and holds no credentials."""

    plain: str
    host: str  # ASCII, lower case, IPv6 without brackets
    port: int

    @property
    def stored(self) -> str:
        """As Redis and events hold it: percent-encoded once, `https%3A%2F%2Fsmee.io%2Fabc`."""
        return quote(self.plain, safe="")


def parse(text: str) -> CallbackUrl:
    """The URL, plain or percent-encoded once.

    Raises:
        NotACallbackUrl: with the reason.
    """
    plain = text if _PLAIN.match(text) else _decoded(text)
    if plain.startswith("//"):
        plain = "https:" + plain
    if len(plain) > LONGEST_URL:
        raise NotACallbackUrl(f"is longer than {LONGEST_URL} characters")
    if _FORBIDDEN_CHARACTERS.search(plain):
        raise NotACallbackUrl("holds a space, a control character or another that no URL may hold")
    if not plain.lower().startswith(("http://", "https://")):
        raise NotACallbackUrl("must begin with http:// or https://")
    return _with_host(plain)


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise NotACallbackUrl("is not valid percent-encoded UTF-8") from None


def _with_host(plain: str) -> CallbackUrl:
    try:
        # The client that will connect reads the URL with this same parser, so both see the same host.
        url = httpx.URL(plain)
        host = url.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, ValueError) as error:
        raise NotACallbackUrl("is not a URL") from error
    if not host or "%" in host:
        raise NotACallbackUrl("names no host")
    if url.userinfo or "@" in url.netloc.decode("ascii", "replace"):
        raise NotACallbackUrl("must not hold a user name or password")
    port = url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]
    if len(host) > LONGEST_HOST or any(len(label) > LONGEST_LABEL for label in host.split(".")):
        raise NotACallbackUrl("names a host longer than names can be")
    if not 1 <= port <= 65535:
        raise NotACallbackUrl("names a port that does not exist")
    found = CallbackUrl(plain=plain, host=host, port=port)
    if len(found.stored) > LONGEST_STORED:
        raise NotACallbackUrl(f"is longer than {LONGEST_STORED} characters when percent-encoded")
    return found
