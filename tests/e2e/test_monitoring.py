"""etc/prometheus.yml, the alerts and the dashboard ask for what the running system really exports."""

import json
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.system import ENROLLMENT, NOTIFICATION, USERS, answer, request
from tests.support.http import TLS
from tests.support.waiting import until

pytestmark = pytest.mark.single  # it asks one of each for what another instance may have done
ETC = Path(__file__).parents[2] / "etc"
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
ADDED_BY_PROMETHEUS = {"job", "instance"}
LANGUAGE = {"sum", "max", "by", "rate", "increase", "histogram_quantile", "le", "d", "m", "time"}
HAPROXY = os.environ.get("GATEWAY") == "haproxy"


def targets() -> dict[str, str]:
    """The URLs Prometheus scrapes, by job, as far away as this system's ports are."""
    shift = (urlsplit(USERS).port or 0) - 5000
    jobs = re.findall(r'job_name: (\w+).*\n.*"127\.0\.0\.1:(\d+)"', (ETC / "prometheus.yml").read_text())
    return {job: f"http://127.0.0.1:{int(port) + shift}" for job, port in jobs if HAPROXY or job != "haproxy"}


def expressions() -> list[str]:
    dashboard = json.loads((ETC / "grafana" / "dashboard.json").read_text())
    alerts = re.findall(r"^ +expr: (.+)$", (ETC / "alerts.yml").read_text(), re.MULTILINE)
    return [*alerts, *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])]


def families() -> Iterator[Metric]:
    for url in targets().values():
        text = httpx.get(f"{url}/metrics", timeout=30, trust_env=False, verify=TLS).raise_for_status().text
        yield from text_string_to_metric_families(text)


@pytest.fixture(scope="module", autouse=True)
def something_happened() -> None:
    """A promotion, delivered by mail, so that every counter has its labels."""
    code = f"TEST {uuid.uuid4().hex[:8]}"
    added = answer("POST", f"{ENROLLMENT}/add/1/{code}/Monitoring/Computer Science/5/1/active/1")
    class_id = added["class_details"]["ClassID"]
    subscribed = request("POST", f"{NOTIFICATION}/subscribe/2/{class_id}", json={"email": "liam@example.com"})
    assert subscribed.status_code == 200, subscribed.text
    for student in (1, 2):
        answer("POST", f"{ENROLLMENT}/enroll/{student}/{class_id}/someone/someone@example.com")
    answer("DELETE", f"{ENROLLMENT}/enrollmentdrop/1/{class_id}/someone/someone@example.com")
    names = {"notification_deliveries", "amqp_queue_ready_messages"}
    until(lambda: names <= {family.name for family in families() if family.samples}, timeout_s=30)


def test_prometheus_scrapes_every_process_of_ours_and_each_says_that_it_is_ready() -> None:
    procfile = (ETC.parent / "Procfile").read_text()
    ours = {line.partition(":")[0] for line in procfile.splitlines() if re.search(r"uvicorn|python -m (?!aio)", line)}
    ours.add("gateway")
    assert targets().keys() - {"haproxy"} == ours
    for url in (targets()[job] for job in ours):
        assert answer("GET", f"{url}/health/live") == {"status": "alive"}
        assert answer("GET", f"{url}/health/ready") == {"status": "ready"}


@pytest.mark.gateway
def test_every_metric_and_label_of_the_dashboard_and_the_alerts_is_exported() -> None:
    exported: dict[str, set[str]] = {"up": set()}  # Prometheus' own, for each target
    for family in families():
        labels = {label for sample in family.samples for label in sample.labels}
        for suffix in SUFFIXES.get(family.type, [""]):
            exported.setdefault(family.name + suffix, set()).update(labels)
    for expression in (each for each in expressions() if HAPROXY or "haproxy_" not in each):
        bare = re.sub(r'"[^"]*"|\$\w+', "", expression)
        grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", bare))))
        matched = set(re.findall(r"(\w+)(?==)", bare))
        labels = grouped | matched
        names = set(re.findall(r"[a-z_]\w*", bare)) - labels - LANGUAGE
        assert names, expression
        assert names <= exported.keys(), expression
        known = set.union(*(exported[name] for name in names)) | ADDED_BY_PROMETHEUS | {"le"}
        assert labels <= known, expression
