"""A TCP proxy between a process and a server, to take the server away and give it back."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit, urlunsplit

from kit.hosts import each_host
from tests.support.ports import free_port


class TcpProxy:
    """Forwards a free loopback port to the server of a URL, the first if it names several, while it is open."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(each_host(url)[0])
        self._listener: socket.socket | None = None
        self._pairs: list[socket.socket] = []
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self.port = free_port()

    @property
    def url(self) -> str:
        """The server's URL by way of the proxy."""
        login, at, _ = self._url.netloc.rpartition("@")
        return urlunsplit(self._url._replace(netloc=f"{login}{at}127.0.0.1:{self.port}"))

    def __enter__(self) -> "TcpProxy":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """New connections are refused from now on, and those that are open break."""
        self.thaw()
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.cut()

    def freeze(self) -> None:
        """From now on nothing comes through, in either direction; connections stay open, and new ones are accepted."""
        self._flowing.clear()

    def thaw(self) -> None:
        """What was held up comes through."""
        self._flowing.set()

    def cut(self) -> None:
        """Break all open connections; new ones are accepted."""
        with self._lock:
            for one in self._pairs:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._pairs.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            assert self._url.hostname is not None
            assert self._url.port is not None
            server = socket.create_connection((self._url.hostname, self._url.port))
            with self._lock:
                self._pairs += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(source, target, self._flowing), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, flowing: threading.Event) -> None:
    with source:
        try:
            while piece := source.recv(65536):
                flowing.wait(60)
                target.sendall(piece)
        except OSError:
            pass
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
