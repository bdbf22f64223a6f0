"""Orders to the links of a system that runs with `bin/start --network-faults`."""

import json
import socket
from pathlib import Path

from network import SOCKET
from network.link import Mode

_TIMEOUT_S = 5.0


class NoNetwork(Exception):
    """The system was not started with --network-faults, or what does it has ended."""


class Network:
    def __init__(self, data: Path) -> None:
        self._path = data / SOCKET

    @property
    def links(self) -> list[str]:
        """Their names; none if the system was started without. Of several nodes of RabbitMQ each has its own."""
        try:
            return sorted(self._order({"link": "", "mode": ""}).split())
        except NoNetwork:
            return []

    def become(self, link: str, mode: Mode, delay_s: float = 0.0) -> None:
        """Raises NoNetwork."""
        said = self._order({"link": link, "mode": mode, "delay_s": delay_s})
        if said != "done":
            raise NoNetwork(said)

    def _order(self, order: dict[str, str | float]) -> str:
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(_TIMEOUT_S)
            try:
                control.connect(str(self._path))
                control.sendall(json.dumps(order).encode() + b"\n")
                return control.makefile().readline().strip()
            except OSError as error:
                raise NoNetwork(f"{self._path}: {error}") from error
