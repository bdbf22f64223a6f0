"""bin/start takes the consumer of a further channel from the Procfile alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

START = Path(__file__).parents[2] / "bin/support/start"
TELL = """
import json, pathlib, sys
import cluster, layout, settings
root, data = map(pathlib.Path, sys.argv[1:])
processes = [*layout.procfile_processes(root), "sms_consumer"]
chosen = settings.run_settings(settings.development_settings(root), base_port=5000, enrollment=1, data=data)
chosen["HEALTH_URLS"] += " sms_consumer=http://127.0.0.1:6300"
counts = cluster.counts(processes)
of_cluster = cluster.of_cluster(chosen)
ports = layout.Layout(counts, 5000, of_cluster).ports()
print(json.dumps({
    "counts": counts,
    "ports": [one.number for one in ports if one.process == "sms_consumer"],
    "health": of_cluster["HEALTH_URLS"].split()[-2:],
}))
"""


def test_a_further_channels_consumer_has_ports_and_two_in_a_cluster(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(START)}
    command = [sys.executable, "-c", TELL, START.parents[2], tmp_path]
    told = json.loads(subprocess.run(command, env=environment, capture_output=True, check=True, timeout=30).stdout)
    assert told["ports"] == [6300, 6301]
    assert told["health"] == ["sms_consumer=http://127.0.0.1:6300", "sms_consumer=http://127.0.0.1:6301"]
    several = {"users": 2, "redis": 6, "rabbitmq": 3, "enrollment": 3, "gateway": 2, "notification": 2}
    assert {name: count for name, count in told["counts"].items() if count > 1} == several | {
        "email_consumer": 2,
        "webhook_consumer": 2,
        "sms_consumer": 2,
    }
