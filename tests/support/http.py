"""Requests to servers that may not be there yet."""

import ssl

import httpx

# Making one, which httpx does for each client, and so for each request without one, takes 17 ms of processor time.
TLS = ssl.create_default_context()


def get(url: str, timeout_s: float = 5) -> httpx.Response | None:
    """The reply; None while nobody answers."""
    try:
        return httpx.get(url, timeout=timeout_s, trust_env=False, verify=TLS)
    except httpx.TransportError:
        return None


def is_ready(url: str) -> bool:
    """By the word of the service itself."""
    reply = get(f"{url}/health/ready")
    return reply is not None and reply.status_code == httpx.codes.OK
