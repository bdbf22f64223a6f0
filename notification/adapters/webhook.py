"""Sending a webhook: one POST, judged by its status. Headers and signature follow Standard Webhooks 1.0."""

import json
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import unquote

import httpcore
import httpx

from kit.errors import Unavailable
from notification.adapters.checked_transport import CheckedTransport, ForbiddenAddress
from notification.adapters.resolver import Resolver, Unresolvable
from notification.domain import callback_url
from notification.domain.addresses import Network
from notification.domain.event import EnrollmentPromoted
from notification.domain.outcome import PermanentFailure, TemporaryFailure
from notification.domain.retries import retry_after_s
from notification.domain.signature import SigningSecrets, signature_header

USER_AGENT = "course-enrollment-webhooks/1.0"
LONGEST_REPLY_BYTES = 64 * 1024


class WebhookSender:
    """Thread-safe; one for the process."""

    channel = "webhook"

    def __init__(
        self,
        resolver: Resolver,
        allowed: tuple[Network, ...],
        *,
        timeout_s: float,
        secrets_of: Callable[[int], SigningSecrets],
        end_subscription: Callable[[EnrollmentPromoted], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`secrets_of` a student; `end_subscription` when the receiver wants no more. Both may raise Unavailable."""
        transport = CheckedTransport(
            resolver, allowed, timeout_s=timeout_s, tls=tls or httpx.create_ssl_context(trust_env=False)
        )
        # No cookies: what one receiver sets must not be kept, let alone sent again with another student's notice.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._secrets_of = secrets_of
        self._end_subscription = end_subscription
        self._client = httpx.Client(transport=transport, trust_env=False, follow_redirects=False, cookies=no_cookies)

    def wants(self, event: EnrollmentPromoted) -> bool:
        return event.proxy_url is not None

    def host(self, event: EnrollmentPromoted) -> str:
        """The host whose line the event stands in; a URL that is none has one of its own."""
        try:
            return callback_url.parse(unquote(event.proxy_url or "")).host
        except callback_url.NotACallbackUrl:
            return ""

    def send(self, event: EnrollmentPromoted) -> int:
        """POST `{"message": "<the sentence>"}`, nothing else in it. The status the receiver took it with (2xx).

        Raises:
            TemporaryFailure, PermanentFailure: with a reason that holds no URL.
        """
        try:
            url = callback_url.parse(unquote(event.proxy_url or ""))
        except callback_url.NotACallbackUrl as error:
            raise PermanentFailure(error.detail) from error
        body = json.dumps({"message": event.message}).encode()
        headers = self._headers(event, int(time.time()), body)
        try:
            with self._client.stream("POST", url.plain, content=body, headers=headers) as reply:
                if reply.status_code == httpx.codes.GONE:
                    self._gone(event)
                _judge(reply)
                _read_politely(reply)
                return reply.status_code
        except ForbiddenAddress as error:
            raise PermanentFailure(
                "forbidden address: the host leads into a network callbacks may not reach"
            ) from error
        except Unresolvable as error:
            raise TemporaryFailure(str(error)) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise TemporaryFailure("no answer in time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise TemporaryFailure(f"{type(error).__name__}: {error}"[:200]) from error

    def close(self) -> None:
        self._client.close()

    def _headers(self, event: EnrollmentPromoted, now_s: int, body: bytes) -> dict[str, str]:
        try:
            signing = self._secrets_of(event.student_id).all
        except Unavailable as error:
            raise TemporaryFailure("not sent: the secret to sign with can not be read") from error
        return {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "connection": "close",  # the next attempt makes its own, see checked_transport
            "webhook-id": event.id,  # the same on every attempt: receivers recognise a copy by it
            "webhook-timestamp": str(now_s),  # another on each: receivers refuse what is old
            "webhook-signature": signature_header(signing, event.id, now_s, body),
        }

    def _gone(self, event: EnrollmentPromoted) -> None:
        """End the subscription, then dead-letter: in the other order a crash in between would leave it."""
        status = httpx.codes.GONE.value
        try:
            self._end_subscription(event)
        except Unavailable as error:
            raise TemporaryFailure("gone: 410, but the subscription could not be ended", status=status) from error
        raise PermanentFailure("gone: the receiver answered 410 and wants no more webhooks", status=status)


def _judge(reply: httpx.Response) -> None:
    if reply.is_success:
        return
    wish_s = 0.0
    if reply.status_code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        wish_s = retry_after_s(reply.headers.get("retry-after"), datetime.now(UTC))
    raise TemporaryFailure(f"the receiver answered {reply.status_code}", wish_s, status=reply.status_code)


def _read_politely(reply: httpx.Response) -> None:
    """Take the reply's body off the receiver's hands, within bounds. Delivered it is already, whatever happens here."""
    seen = 0
    try:
        for chunk in reply.iter_raw():
            seen += len(chunk)
            if seen > LONGEST_REPLY_BYTES:
                return
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError):
        return
