"""Requests are counted by templates of routes, whoever answers them, and told to whoever asks."""

from prometheus_client.parser import text_string_to_metric_families

from tests.unit.kit.test_gate import CARRIED, ask, service


def counted(app: object, name: str = "http_requests_total") -> dict[tuple[str, ...], float]:
    """The samples of a metric by the values of their labels."""
    text = ask(app, "/metrics").text  # type: ignore[arg-type]
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def more(app: object, before: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """What was counted since then, without the asking for metrics itself."""
    since = {key: value - before.get(key, 0) for key, value in counted(app).items() if "/metrics" not in key}
    return {key: value for key, value in since.items() if value}


def test_requests_are_counted_by_template_and_status_and_never_by_path() -> None:
    app = service()
    before = counted(app)
    for student in ("4", "jack%40example.com"):
        ask(app, f"/enroll/{student}", CARRIED)
    ask(app, "/enroll/4", CARRIED, method="PUT")
    ask(app, "/enroll/4")  # refused at the gate
    ask(app, "/nowhere/example.com/secret", CARRIED)
    assert more(app, before) == {
        ("GET", "/enroll/{student}", "200"): 2,
        ("PUT", "/enroll/{student}", "405"): 1,
        ("GET", "unmatched", "403"): 1,
        ("GET", "unmatched", "404"): 1,
    }
    for word in ("jack", "secret", "nowhere"):
        assert word not in ask(app, "/metrics").text


def test_methods_that_callers_invent_make_no_series_of_their_own() -> None:
    app = service()
    before = counted(app)
    for method in ("BREW", "WHEN"):
        ask(app, "/enroll/4", CARRIED, method=method)
    assert list(more(app, before).values()) == [2]


def test_a_failure_of_ours_counts_as_500() -> None:
    def fail() -> None:
        raise RuntimeError

    app = service()
    app.add_api_route("/failing", fail)
    assert ask(app, "/failing", CARRIED).status_code == 500
    assert counted(app)["GET", "/failing", "500"] == 1


def test_latency_is_a_histogram_whose_last_bucket_holds_every_request() -> None:
    app = service()
    ask(app, "/enroll/4", CARRIED)
    labels = {"GET", "/enroll/{student}"}
    buckets = [n for key, n in counted(app, "http_request_duration_seconds_bucket").items() if labels < set(key)]
    total = counted(app, "http_request_duration_seconds_count")["GET", "/enroll/{student}"]
    assert buckets == sorted(buckets)
    assert buckets[-1] == total > 0
    assert counted(app, "http_request_duration_seconds_sum")["GET", "/enroll/{student}"] > 0


def test_metrics_need_no_secret_and_are_not_in_the_documentation() -> None:
    app = service()
    reply = ask(app, "/metrics")
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    assert "/metrics" not in app.openapi()["paths"]
