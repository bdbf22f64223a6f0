"""Metrics for Prometheus: the requests of a service, and the text that `/metrics` gives.

Other metrics are counters and gauges of prometheus-client, kept in a module `metrics` of the service they belong to.
Requests have their own keeping here because they are many: one dictionary look-up and two additions each, without
locks, all in the event loop's thread.
"""

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nothing here asks for

UNMATCHED = "unmatched"  # the route of a request that none was found for, or that was refused before
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"))
_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NAMES = [*map(str, _BOUNDS_S), "+Inf"]


class _Tally:
    """The requests of one method, route and status."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * len(_NAMES)
        self.seconds = 0.0


class Requests(Collector):
    """Counts requests. Only ever by templates of routes: a path names people and URLs, and there is no end of paths."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str, int], _Tally] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        key = method, route, status
        tally = self._tallies.get(key)
        if tally is None:
            if method not in _METHODS:  # callers may invent as many as they like
                return self.count("OTHER", route, status, seconds)
            tally = self._tallies.setdefault(key, _Tally())
        tally.buckets[bisect_left(_BOUNDS_S, seconds)] += 1
        tally.seconds += seconds
        return None

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "http_requests", "Requests answered, by the route's template", labels=("method", "route", "status")
        )
        together: dict[tuple[str, str], _Tally] = {}
        for (method, route, status), tally in sorted(self._tallies.copy().items()):
            requests.add_metric((method, route, str(status)), sum(tally.buckets))
            total = together.setdefault((method, route), _Tally())
            total.buckets = [a + b for a, b in zip(total.buckets, tally.buckets, strict=True)]
            total.seconds += tally.seconds
        yield requests
        latency = HistogramMetricFamily(
            "http_request_duration_seconds", "From a request's head to the end of its reply", labels=("method", "route")
        )
        for labels, total in together.items():
            latency.add_metric(labels, list(_accumulated(total.buckets)), total.seconds)
        yield latency


def _accumulated(buckets: list[int]) -> Iterator[tuple[str, float]]:
    so_far = 0
    for name, count in zip(_NAMES, buckets, strict=True):
        so_far += count
        yield name, so_far


REQUESTS = Requests()  # of this process
REGISTRY.register(REQUESTS)


def exposition() -> bytes:
    """All metrics of this process, in Prometheus' text format 0.0.4."""
    return generate_latest(REGISTRY)
