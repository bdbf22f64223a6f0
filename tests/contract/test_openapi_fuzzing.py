"""Each service does what its OpenAPI says, whatever it is sent: schemathesis, with every check it has.

Examples, boundary values, random requests (right and wrong) and chains of requests along the links: no 5xx, no status
and no body that is not documented, nothing wrong accepted, nothing right refused, nothing answered without the
gateway's secret. The seed is fixed. To look into a failure: `python -m tests.contract.services` in an environment with
run.env, then the command this test shows.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.services import SECRET, own_services
from tests.support.http import TLS

HERE = Path(__file__).parent
# Cases for each operation and phase. Passwords are slow on purpose, and enrollment has most operations.
CASES = {"users": 15, "enrollment": 20, "notification": 20}
CARRIED = {"X-Gateway-Secret": SECRET}
FEWEST = {"users": 200, "enrollment": 800, "notification": 200}


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with own_services() as urls:
        fill_a_class(urls["enrollment"])
        yield urls


def fill_a_class(enrollment: str) -> None:
    """Class 2 with both seats taken, three in line and one who dropped, so that there is something to find."""
    with httpx.Client(base_url=enrollment, headers=CARRIED, trust_env=False, verify=TLS, timeout=30) as api:
        for student in (10, 1, 8, 4, 9, 2):
            assert api.post(f"/enroll/{student}/2/name/somebody@example.com").status_code == 200
        assert api.delete("/enrollmentdrop/10/2/name/somebody@example.com").status_code == 200


@pytest.mark.parametrize("service", CASES)
def test_the_service_does_what_its_openapi_says(
    services: dict[str, str], service: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color"]
    command += ["--config-file", str(HERE / "schemathesis.toml")]
    command += ["run", f"{services[service]}/openapi.json", "--max-examples", str(CASES[service]), "--warnings", "off"]
    command += ["--header", f"X-Gateway-Secret: {SECRET}"]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.contract.schemathesis_formats", "PYTHONPATH": str(HERE.parents[1])}

    ended = subprocess.run(
        command, env=os.environ | hooks, cwd=tmp_path, capture_output=True, text=True, timeout=250, check=False
    )

    said = re.sub(r"\S{500,}", "…", ended.stdout)[-12_000:]
    assert ended.returncode == 0, f"{' '.join(command)}\n{said}\n{ended.stderr[-2000:]}"
    generated = re.search(r"(\d+) generated, (\d+) passed", ended.stdout)
    assert generated is not None, said
    record_property("cases", int(generated[1]))
    print(f"{service}: {generated[0]}")
    assert int(generated[1]) >= FEWEST[service]
    assert httpx.get(f"{services[service]}/health/ready", trust_env=False, verify=TLS, timeout=10).status_code == 200
