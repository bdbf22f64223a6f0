"""The units honcho makes of the Procfile, and that what they start finds its programs."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.processes import ROOT

LOCAL = ("redis", "rabbitmq", "dynamodb", "aiosmtpd")


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the README shows it."""
    folder = tmp_path_factory.mktemp("units")
    counts = ",".join([*(f"{name}=0" for name in LOCAL), "enrollment=3"])
    command = [ROOT / ".venv/bin/honcho", "export", "-t", "etc/systemd", "-a", "enrollment", "-u", "enrollment"]
    subprocess.run([*command, "-d", ROOT, "-c", counts, "systemd", folder], cwd=ROOT, check=True)
    return folder


def test_there_is_a_unit_for_each_process_with_the_port_of_the_readme(units: Path) -> None:
    ports = {
        unit.stem.removeprefix("enrollment-"): re.findall(r"^Environment=PORT=(\d+)", unit.read_text(), re.MULTILINE)
        for unit in units.glob("*.service")
    }
    assert ports == {
        "users-1": ["5000"],
        "enrollment-1": ["5300"],
        "enrollment-2": ["5301"],
        "enrollment-3": ["5302"],
        "gateway-1": ["5400"],
        "notification-1": ["5600"],
        "email_consumer-1": ["5800"],
        "webhook_consumer-1": ["5900"],
        "outbox_relay-1": ["6000"],
        "reconciler-1": ["6100"],
        "pages-1": ["6200"],
    }
    wanted = (units / "enrollment.target").read_text()
    assert all(f"enrollment-{name.rpartition('-')[0]}.target" in wanted for name in ports)


def test_secrets_are_read_from_a_file_and_are_not_in_the_units(units: Path) -> None:
    for unit in units.glob("*.service"):
        assert "EnvironmentFile=/etc/enrollment.env" in unit.read_text()
        assert not re.search("SECRET|PASSWORD|_URL", unit.read_text())


def test_every_unit_renews_on_reload(units: Path) -> None:
    for unit in units.glob("*.service"):
        assert "ExecReload=/bin/kill -HUP $MAINPID" in unit.read_text()


def test_systemd_finds_no_fault_in_them(units: Path) -> None:
    if not (analyze := shutil.which("systemd-analyze")):
        pytest.skip("no systemd-analyze here; the units are for machines that have it")
    done = subprocess.run([analyze, "verify", *units.iterdir()], text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["users", "outbox_relay"])
def test_what_a_unit_starts_gets_as_far_as_asking_for_its_settings(units: Path, tmp_path: Path, name: str) -> None:
    text = (units / f"enrollment-{name}-1.service").read_text()
    environment = dict(
        pair.split("=", 1)
        for line in re.findall(r"^Environment=(.*)", text, re.MULTILINE)
        for pair in shlex.split(line)
    )
    command = shlex.split(re.findall(r"^ExecStart=(.*)", text, re.MULTILINE)[0])
    with subprocess.Popen(
        command, cwd=ROOT, env=environment | {"VAR_DIR": str(tmp_path)}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    ) as unit:  # fmt: skip
        assert unit.stdout is not None
        said = next(line for line in unit.stdout if re.search("JWT_ISSUER|GATEWAY_SECRET|AMQP_URL", line))
        unit.terminate()
        unit.communicate(timeout=20)
    assert "Field required" in said or "when ENVIRONMENT is production" in said
