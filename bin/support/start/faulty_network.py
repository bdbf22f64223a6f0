"""Puts links that can be cut, silenced and slowed between our processes and the servers they use."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from outcomes import Failed

FAULTY_HOST = "127.0.0.2"  # as in network/__init__.py, which is not on this program's path
URLS = {"redis": "REDIS_URL", "rabbitmq": "AMQP_URL", "dynamodb": "DYNAMODB_ENDPOINT"}


def through_links(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings by which every process reaches its servers, the mail server too, through a link.

    But for the nodes of a Redis Cluster: these name each other to clients and to themselves by one address.
    """
    changed = {name: settings[name].replace("127.0.0.1", FAULTY_HOST) for name in _urls(settings).values()}
    return {**settings, **changed, "SMTP_HOST": FAULTY_HOST, "NO_PROXY": f"{settings['NO_PROXY']},{FAULTY_HOST}"}


def ports_of(settings: Mapping[str, str]) -> dict[str, int]:
    """Of each link; of several nodes of RabbitMQ each has its own: rabbitmq.1, rabbitmq.2, …"""
    found = {"aiosmtpd": int(settings["SMTP_PORT"])}
    for link, name in _urls(settings).items():
        hosts = urlsplit(settings[name]).netloc.rpartition("@")[2].split(",")
        for number, host in enumerate(hosts, start=1):
            found[link if len(hosts) == 1 else f"{link}.{number}"] = int(host.rpartition(":")[2])
    return found


def _urls(settings: Mapping[str, str]) -> dict[str, str]:
    is_cluster = int(settings.get("REDIS_NODES", 1)) > 1
    return {link: name for link, name in URLS.items() if not (is_cluster and link == "redis")}


@contextmanager
def links(data: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """They run until the end of the block. Raises Failed."""
    support = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "network", str(data), *(f"{link}={port}" for link, port in ports_of(settings).items())],
        cwd=support,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise Failed("The links of --network-faults cannot be opened")
        yield
    finally:
        process.terminate()
        process.wait(10)
