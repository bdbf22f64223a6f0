"""How services call each other over HTTP. An address may list several, with commas between: the instances
of a service."""

import httpx

# uvicorn closes a connection that was idle for 5 s. A request sent at that moment would get no reply: we let go first.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)


def instances(urls: str) -> list[str]:
    return [url for each in urls.split(",") if (url := each.strip())]


def transport(urls: str) -> httpx.BaseTransport:
    """To the first of them that answers, for a client whose base URL is that of the first."""
    return AnyInstance(instances(urls), httpx.HTTPTransport(retries=1, trust_env=False, limits=LIMITS))


class AnyInstance(httpx.BaseTransport):
    """Stays with one instance until it fails. A request goes on to the next only if it was surely not received."""

    def __init__(self, urls: list[str], inner: httpx.BaseTransport) -> None:
        self._urls = [httpx.URL(url) for url in urls]
        self._inner = inner
        self._current = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for left in reversed(range(len(self._urls))):
            current = self._current
            url = self._urls[current]
            request.url = request.url.copy_with(scheme=url.scheme, host=url.host, port=url.port)
            request.headers["Host"] = url.netloc.decode()
            try:
                return self._inner.handle_request(request)
            except httpx.TransportError as error:
                self._current = (current + 1) % len(self._urls)  # of threads that fail together, each says the same
                if not left or not isinstance(error, httpx.ConnectError):
                    raise
        raise AssertionError("there is no instance")

    def close(self) -> None:
        self._inner.close()
