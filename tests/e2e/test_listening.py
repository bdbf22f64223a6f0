"""No server of the running system can be reached from another machine."""

import os
from ipaddress import ip_address

import psutil

# What every system has; the gateway and the number of enrollment processes depend on how it was started.
SERVERS = ("users", "redis", "rabbitmq", "enrollment", "dynamodb", "notification", "aiosmtpd")


def test_every_server_listens_on_the_loopback_interface_only() -> None:
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in psutil.process_iter()
        if _belongs_to_the_system(process)
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert len(listening) >= len(SERVERS)
    assert [address for address in listening if not _is_loopback(address[0])] == []


def _belongs_to_the_system(process: psutil.Process) -> bool:
    try:
        return process.environ().get("VAR_DIR") == os.environ["VAR_DIR"]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _is_loopback(text: str) -> bool:
    address = ip_address(text)
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
