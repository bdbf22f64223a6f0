"""Traces by OpenTelemetry, for those who set OTEL_EXPORTER_OTLP_ENDPOINT: a span for each request and each message.

Off otherwise, and then no exporter is loaded. Messages sent on behalf of a request carry the W3C header
`traceparent` (see correlation beside this), so the mail and the webhook are in the trace of the drop that caused
them. Spans are named after routes and hold no paths, which name people and URLs. The SDK has more settings of its own
(OTEL_…).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import propagate, trace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:  # not among the packages of a system without traces
    from opentelemetry.sdk.trace import SpanProcessor

_W3C = (b"traceparent", b"tracestate")
_tracer: trace.Tracer | None = None


def configure(endpoint: str | None, service: str) -> None:
    """Send traces there from now on, under the service's name; with None, nowhere."""
    if endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SystemExit(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the packages for it are missing: "
            "pip install --require-hashes -r etc/tracing-requirements.txt"
        ) from None
    send_to(BatchSpanProcessor(OTLPSpanExporter()), service)  # which reads the same variable, and its others


def send_to(processor: "SpanProcessor", service: str) -> None:
    """Hand all spans to the processor."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider

    global _tracer
    # OTEL_SERVICE_NAME, if set, goes before our own name.
    resource = Resource({"service.name": service}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("course-enrollment")


def enabled() -> bool:
    return _tracer is not None


def inject(headers: dict[str, str]) -> None:
    """Add the current span to headers that go out."""
    if _tracer is not None:
        propagate.inject(headers)


@contextmanager
def span(name: str, headers: Mapping[str, Any]) -> Iterator[None]:
    """In here work is done for a message, whose headers say which trace it belongs to."""
    if _tracer is None:
        yield
        return
    parent = propagate.extract({name: value for name, value in headers.items() if isinstance(value, str)})
    with _tracer.start_as_current_span(name, parent, trace.SpanKind.CONSUMER):
        yield


class Traced:
    """ASGI middleware: a span for each request. Only for when traces are on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _tracer is None:
            return await self._app(scope, receive, send)
        given = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _W3C}
        method = scope["method"]
        with _tracer.start_as_current_span(method, propagate.extract(given), trace.SpanKind.SERVER) as current:

            def send_recorded(message: Message) -> Any:
                if message["type"] == "http.response.start":
                    current.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        current.set_status(trace.StatusCode.ERROR)
                return send(message)

            try:
                await self._app(scope, receive, send_recorded)
            finally:
                route = getattr(scope.get("route"), "path", None)
                current.set_attribute("http.request.method", method)
                if route:
                    current.set_attribute("http.route", route)
                    current.update_name(f"{method} {route}")
        return None
