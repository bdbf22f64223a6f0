"""Traces go through HTTP and messages, name routes and no paths; and without the setting nothing of them is loaded."""

import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from kit.observability import correlation, tracing
from tests.unit.kit.test_gate import CARRIED, ask, service

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    monkeypatch.setattr(tracing, "_tracer", None)
    exporter = InMemorySpanExporter()
    tracing.send_to(SimpleSpanProcessor(exporter), "a service")
    yield exporter
    monkeypatch.undo()


def trace_id(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def test_a_request_is_a_span_of_the_trace_it_came_with_and_what_it_causes_carries_that_on(
    exporter: InMemorySpanExporter,
) -> None:
    app = service()
    app.add_api_route("/drop/{email}", lambda email: correlation.propagation_headers())
    given = {**CARRIED, "traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "r-1"}
    sent = ask(app, "/drop/jack%40example.com", given).json()
    [request] = exporter.get_finished_spans()
    assert (request.name, trace_id(request)) == ("GET /drop/{email}", TRACE)
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == PARENT
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200
    assert "jack" not in str(request.to_json())

    assert sent["x-request-id"] == "r-1"
    with tracing.span("email delivery", {**sent, "x-attempts": 2}):
        pass
    delivery = exporter.get_finished_spans()[-1]
    assert trace_id(delivery) == TRACE
    assert delivery.parent is not None
    assert request.context is not None
    assert delivery.parent.span_id == request.context.span_id


def test_a_header_that_is_none_begins_a_trace_of_its_own(exporter: InMemorySpanExporter) -> None:
    ask(service(), "/enroll/4", {**CARRIED, "traceparent": "00-zz-01"})
    with tracing.span("email delivery", {"traceparent": 7}):
        pass
    assert all(span.parent is None for span in exporter.get_finished_spans())
    assert len(exporter.get_finished_spans()) == 2


def test_without_the_setting_there_is_no_header() -> None:
    assert "traceparent" not in correlation.propagation_headers()


def test_with_the_setting_and_without_the_packages_the_end_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(SystemExit, match="pip install"):
        tracing.configure("http://collector:4318", "a service")
