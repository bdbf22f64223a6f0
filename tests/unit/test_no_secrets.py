"""No secret is in the repository: every tracked file is searched."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support.secrets import found_in

ROOT = Path(__file__).parents[2]
# URLs with made-up passwords, which the tests need to see refused or kept out of sight; and the salt of an account that
# version 1.1 made, whose password tests/integration/test_data_of_1_1.py says.
MADE_UP = ("a-generated-one", ":a-key@", "me:secret@", "enrollment:guest@", "YGK/DBVw/6+W8nlfxexx2A")


@cache
def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@cache
def text_of(path: Path) -> str:
    return path.read_text(errors="replace")


def searched(path: Path) -> str:
    text = text_of(path)
    for made_up in MADE_UP:
        text = text.replace(made_up, "…")
    return text


def test_no_tracked_file_holds_a_secret() -> None:
    found = {str(path.relative_to(ROOT)): kinds for path in tracked_files() if (kinds := found_in(searched(path)))}
    assert found == {}


def test_the_demo_password_is_in_the_development_settings_alone() -> None:
    settings = (ROOT / "etc/development.env").read_text()
    password = settings.partition('DEMO_PASSWORD="')[2].partition('"')[0]
    assert len(password) >= 8
    holders = [str(path.relative_to(ROOT)) for path in tracked_files() if password in text_of(path)]
    assert holders == ["etc/development.env"]


def test_keys_settings_of_runs_and_state_are_not_tracked() -> None:
    names = [path.name for path in tracked_files()]
    assert not [name for name in names if name.endswith((".pem", ".key", ".jwks.json", ".p12")) or name == "run.env"]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        '{"kty": "RSA", "d": "' + "A" * 43 + '"}',
        "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + "." + "c" * 43,
        "$argon2id$v=19$m=19456,t=2,p=1$" + "a" * 22 + "$" + "b" * 43,
        "whsec_" + "a" * 44,
        "AKIA" + "A" * 16,
        "redis://" + ":" + "tellnobody@redis.internal/0",
        "amqp://enrollment:" + "tellnobody@rabbitmq.internal",
    ],
)
def test_each_kind_is_recognised(text: str) -> None:
    assert found_in(f"first line\n{text}")[0].endswith("in line 2")
