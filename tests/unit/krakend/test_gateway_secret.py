"""What the gateway sends is what the services ask for."""

from pathlib import Path

from kit.settings import ServiceSettings
from kit.web.shared_secret import HEADER

BACKEND = (Path(__file__).parents[3] / "krakend" / "templates" / "backend.tmpl").read_text()
HEADERS = (Path(__file__).parents[3] / "krakend" / "templates" / "headers.tmpl").read_text()


def test_the_gateway_adds_the_secret_under_the_name_the_services_look_for() -> None:
    assert f'"name": "{HEADER}"' in BACKEND
    [variable] = [name.upper() for name in ServiceSettings.model_fields if name == "gateway_secret"]
    assert f'env "{variable}"' in BACKEND


def test_no_client_can_bring_the_header_along() -> None:
    assert HEADER.lower() not in HEADERS.lower()
