"""Addresses that name several hosts: `scheme://user:…@host:port,host:port/path?query`."""

from urllib.parse import urlsplit, urlunsplit

REDIS_CLUSTER = {"redis-cluster": "redis", "rediss-cluster": "rediss"}  # scheme → the scheme of its nodes


def each_host(url: str) -> list[str]:
    """The address once for each of its hosts, in their order."""
    parts = urlsplit(url)
    if "," not in parts.netloc:
        return [url]
    user, at, hosts = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=f"{user}{at}{host.strip()}")) for host in hosts.split(",") if host.strip()]
