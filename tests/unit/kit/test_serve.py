"""kit.web.serve waits for the gateway's clients as long as the gateway's own settings make it necessary."""

import json
import re
from pathlib import Path

from kit.web import serve

GATEWAY = Path(__file__).parents[3] / "krakend"


def test_idle_connections_are_kept_longer_than_the_gateway_keeps_them() -> None:
    (idle_s,) = re.findall(r'"idle_connection_timeout": "(\d+)s"', (GATEWAY / "krakend.tmpl").read_text())
    assert int(idle_s) < serve.KEPT_ALIVE_S


def test_draining_lasts_longer_than_the_longest_request_of_the_gateway_and_the_idling_after_it() -> None:
    limits = json.loads((GATEWAY / "settings" / "limits.json").read_text())
    assert limits["timeout"] == f"{serve.LONGEST_REQUEST_S}s"
    assert serve.LONGEST_REQUEST_S + serve.KEPT_ALIVE_S <= serve.DRAINED_WITHIN_S
