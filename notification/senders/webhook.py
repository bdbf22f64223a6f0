"""Sending a webhook: one POST, judged by its status. Headers and signature follow Standard Webhooks 1.0."""

import json
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

import httpcore
import httpx

from etc.contracts.channel import Channel
from kit.errors import Unavailable
from notification.adapters.resolver import Resolver
from notification.domain import callback_url
from notification.domain.addresses import Network, Unresolvable
from notification.domain.delivery import masked_url
from notification.domain.domain_name import domain_of
from notification.domain.event import Event
from notification.domain.outcome import PermanentFailure, TemporaryFailure
from notification.domain.retries import retry_after_s
from notification.domain.sender import Destination
from notification.domain.signature import SigningSecrets, signature_header
from notification.domain.webhook_content import webhook_content
from notification.senders.ssrf_safe_transport import Bounds, ForbiddenAddress, SsrfSafeTransport

# Beside the body, which is the founding document's. Standard Webhooks signs the body alone: who needs them signed has
# them in it by choosing `format=event`.
HISTORY_NUMBER, HISTORY_HASH = "enrollment-history-number", "enrollment-history-hash"
USER_AGENT = "course-enrollment-webhooks/1.0"
LONGEST_REPLY_BYTES = 64 * 1024  # status, headers, and as much of the body as is drained
DRAINED_WITHIN_S = 1.0  # well within the time a consumer has to end in

Headers: TypeAlias = list[tuple[str, str]]


class WebhookSender:
    """Thread-safe; one for the process."""

    channel = Channel.WEBHOOK

    def __init__(
        self,
        resolver: Resolver,
        allowed: tuple[Network, ...],
        *,
        timeout_s: float,
        secrets_of: Callable[[int], SigningSecrets],
        end_subscription: Callable[[Event], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`secrets_of` a student; `end_subscription` when the receiver wants no more. Both may raise Unavailable."""
        self._transport = SsrfSafeTransport(resolver, allowed, tls=tls or httpx.create_ssl_context(trust_env=False))
        self._timeout_s = timeout_s
        self._secrets_of = secrets_of
        self._end_subscription = end_subscription

    def wants(self, event: Event) -> bool:
        return event.proxy_url is not None

    def destination(self, event: Event) -> Destination:
        """The host queue of the event; a URL that is none has a queue of its own."""
        try:
            return _target(event.proxy_url or "").destination
        except callback_url.NotACallbackUrl:
            return Destination("", "")

    def target(self, event: Event) -> str:
        """As `https://smee.io/iYNw…`."""
        return masked_url(event.proxy_url or "")

    def endpoint(self, event: Event) -> str | None:
        return event.proxy_url

    def send(self, event: Event) -> int:
        """POST what the subscription asks for, nothing else in it. The status the receiver took it with (2xx).

        Raises:
            TemporaryFailure, PermanentFailure: with a reason that holds no URL.
        """
        try:
            target = _target(event.proxy_url or "")
        except callback_url.NotACallbackUrl as error:
            raise PermanentFailure(error.detail) from error
        body = json.dumps(webhook_content(event)).encode()
        headers = self._headers(event, target, int(time.time()), body)
        bounds = Bounds(self._timeout_s, LONGEST_REPLY_BYTES)
        try:
            with (
                self._transport.to(target.url, bounds) as connection,
                connection.stream("POST", target.url, headers=headers, content=body) as reply,
            ):
                if reply.status == httpx.codes.GONE:
                    self._gone(event)
                _judge(reply)
                bounds.shorten(DRAINED_WITHIN_S)
                _drain(reply)
                return int(reply.status)
        except ForbiddenAddress as error:
            raise PermanentFailure(
                "forbidden address: the host leads into a network callbacks may not reach"
            ) from error
        except Unresolvable as error:
            raise TemporaryFailure(str(error)) from error
        except httpcore.TimeoutException as error:
            raise TemporaryFailure("no answer in time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            raise TemporaryFailure(f"{type(error).__name__}: {error}"[:200]) from error

    def _headers(self, event: Event, target: "_Target", now_s: int, body: bytes) -> Headers:
        try:
            signing = self._secrets_of(event.student_id).all
        except Unavailable as error:
            raise TemporaryFailure("not sent: the secret to sign with cannot be read") from error
        proof: Headers = []
        if event.history:
            proof = [(HISTORY_NUMBER, str(event.history.number)), (HISTORY_HASH, event.history.hash)]
        return [
            ("host", target.authority),
            ("content-type", "application/json"),
            ("user-agent", USER_AGENT),
            ("connection", "close"),  # the next attempt makes its own, see ssrf_safe_transport
            ("webhook-id", event.id),  # the same on every attempt: receivers recognise a copy by it
            ("webhook-timestamp", str(now_s)),  # another on each: receivers refuse what is old
            ("webhook-signature", signature_header(signing, event.id, now_s, body)),
            *proof,
        ]

    def _gone(self, event: Event) -> None:
        """End the subscription, then dead-letter: in the other order a crash in between would leave it."""
        status = httpx.codes.GONE.value
        try:
            self._end_subscription(event)
        except Unavailable as error:
            raise TemporaryFailure("gone: 410, but the subscription could not be ended", status=status) from error
        raise PermanentFailure("gone: the receiver answered 410 and wants no more webhooks", status=status)


class _Target(NamedTuple):
    """Where a webhook goes, in the forms that its sending needs."""

    destination: Destination
    url: httpcore.URL
    authority: str  # for `Host`: httpcore's own lacks the brackets of an IPv6 address


@lru_cache(maxsize=1000)  # asked for twice, for its destination and to send; reading a URL is much of both
def _target(stored: str) -> _Target:
    parsed = callback_url.parse(unquote(stored))
    # The parser the host was checked with, so that there is no second opinion.
    url = httpx.URL(parsed.plain)
    plain = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return _Target(Destination(parsed.host, domain_of(parsed.host)), plain, url.netloc.decode("ascii"))


def _judge(reply: httpcore.Response) -> None:
    if 200 <= reply.status <= 299:
        return
    wish_s = 0.0
    if reply.status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        wish_s = retry_after_s(httpx.Headers(reply.headers).get("retry-after"), datetime.now(UTC))
    raise TemporaryFailure(f"the receiver answered {reply.status}", wish_s, status=reply.status)


def _drain(reply: httpcore.Response) -> None:
    """Drain the reply's body, within bounds; the delivery already counts as successful."""
    try:
        for _ in reply.iter_stream():
            pass
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        return
