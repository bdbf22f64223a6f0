"""Reading what a process exports at /metrics."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.http import TLS

Labels = tuple[str, ...]


def exported(url: str) -> dict[str, dict[Labels, float]]:
    """The samples of every metric, by its name and then by the values of its labels in the order of their names."""
    reply = httpx.get(f"{url}/metrics", timeout=30, trust_env=False, verify=TLS)
    reply.raise_for_status()
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(reply.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found
