"""Runs a service so that it can be replaced without a failed request: `python -m kit.web.serve users.app:create_app`.

Its listening socket may be another's, who keeps it: systemd's protocol (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS=1, the
socket is file descriptor 3), spoken here by bin/support/supervise --listen. Connections made while no process accepts
wait in that socket, and old and new process may accept from it at the same time. Without one it binds --host and
--port itself. With READY_FD (a pipe, told as s6 has it: by a newline) it replaces one that still serves, and so it
accepts once its own `/health/ready` returns 200.

SIGTERM ends it when nobody can notice any more. It stops accepting, and then it never closes a connection on which a
client may be writing a request at that moment:

- Every request that comes now is answered with `Connection: close`. A client that got this sends nothing more on the
  connection (RFC 9112 §9.6), and only then, after that reply, uvicorn closes it (`keep_alive` in its protocols). It is
  one of uvicorn's default headers, which it puts into every reply anyway, so it costs nothing before.
- Idle connections are left to their clients, who close them when they like, or send one more request and get the
  above. KrakenD, by Go's net/http.Transport, closes what is idle for 3 s (`idle_connection_timeout` in krakend.tmpl).
- Held replies are answered: the app's lifespan yields a function under DRAINING for that.
- Only what has been idle for KEPT_ALIVE_S, longer than any client of ours keeps it, is closed from here, as always.
  Go repeats a POST only if not a byte of it was written, so closing earlier would lose some.

SIGINT (Ctrl-C, a stop of the whole system) answers what was asked already, closes idle connections and ends.
"""

import argparse
import asyncio
import gc
import os
import resource
import signal
import socket
import sys
from types import FrameType

import httpx
import uvicorn

KEPT_ALIVE_S = 5
LONGEST_REQUEST_S = 10  # the gateway waits no longer (krakend/settings/limits.json) and then closes the connection
DRAINED_WITHIN_S = LONGEST_REQUEST_S + KEPT_ALIVE_S
ANSWERED_WITHIN_S = 2  # honcho kills everything 5 s after the first process ended
DRAINING = "kit.web.draining"
FIRST_PASSED_FD = 3  # SD_LISTEN_FDS_START
STEP_S = 0.1


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready_fd: int | None = None) -> None:
        super().__init__(config)
        self._ready_fd = ready_fd
        self._at_once = False
        self.told_by: int | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Not uvicorn's: on SIGINT after SIGTERM that answers nothing any more."""
        self._at_once = self._at_once or sig == signal.SIGINT
        self.should_exit = True
        self.told_by = sig

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])  # the app starts; nothing is accepted yet
        gc.freeze()  # what was imported stays: no collection looks at it again
        gc.enable()
        if self._ready_fd is not None:
            await self._until_ready()
        if self.should_exit:
            return
        serve = asyncio.get_running_loop().create_server
        for sock in sockets or []:
            self.servers.append(await serve(self._connection, sock=sock, backlog=self.config.backlog))
        if self._ready_fd is not None:
            os.write(self._ready_fd, b"\n")
            os.close(self._ready_fd)

    def _connection(self) -> asyncio.Protocol:
        make = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)  # type: ignore[call-arg]

    async def _until_ready(self) -> None:
        """How long is for the supervisor to say, who ends us or goes on without us."""
        inside = httpx.ASGITransport(self.config.loaded_app)
        async with httpx.AsyncClient(transport=inside, base_url="http://127.0.0.1") as client:
            while not self.should_exit:
                # A task of its own, as every request has: its id would stay with us for good (see correlation).
                reply = await asyncio.create_task(client.get("/health/ready"))
                if reply.status_code == httpx.codes.OK:
                    return
                await asyncio.sleep(STEP_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state.get(DRAINING, lambda: None)()
        if not self._at_once:
            await self._drain()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        # Closes our descriptors only: neither uvloop nor asyncio calls shutdown(2), so the socket goes on for others.
        for server in self.servers:
            server.close()
        self.config.encoded_headers.append((b"connection", b"close"))
        for tick in range(round(DRAINED_WITHIN_S / STEP_S)):
            await self.on_tick(tick)  # puts the header in force, and keeps Date right
            await asyncio.sleep(STEP_S)  # first of all: what has just been accepted is a connection only now
            if self._at_once or not self.server_state.connections:
                return


def passed_socket() -> socket.socket | None:
    """The socket that somebody listens on for us. Its announcement is taken out of the environment."""
    meant_for, count = os.environ.pop("LISTEN_PID", None), os.environ.pop("LISTEN_FDS", None)
    if meant_for != str(os.getpid()) or count != "1":
        return None
    # Not uvicorn's --fd: that takes every descriptor for a Unix socket, for which asyncio leaves out TCP_NODELAY.
    passed = socket.socket(fileno=FIRST_PASSED_FD)
    passed.set_inheritable(False)
    return passed


def allow_connections() -> None:
    """As many open files as the system lets us have: each who waits for a reply holds a connection."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def own_socket(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        sys.exit(f"{host}:{port}: {error.strerror}")


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the server listens to it: an end without a traceback
    parser = argparse.ArgumentParser(prog="python -m kit.web.serve", description=__doc__.partition("\n")[0])
    parser.add_argument("app", metavar="MODULE:FACTORY")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1), if none is passed on")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"), help="port, $PORT by default")
    options = parser.parse_args()
    allow_connections()
    sock = passed_socket() or own_socket(options.host, options.port)
    ready_fd = os.environ.pop("READY_FD", None)
    config = uvicorn.Config(
        options.app,
        factory=True,
        access_log=False,
        server_header=False,
        date_header=False,  # kit.web.request_context says the time it is, not that of uvicorn's last tick
        timeout_keep_alive=KEPT_ALIVE_S,
        timeout_graceful_shutdown=ANSWERED_WITHIN_S,
    )
    server = Server(config, int(ready_fd) if ready_fd else None)
    gc.disable()  # until startup: a sixth of the time that importing an app takes goes into looking for garbage
    server.run(sockets=[sock])
    if server.told_by:
        # As uvicorn does: all is closed, and the interpreter's tidying up would cost each process 0.3 s of CPU time.
        signal.raise_signal(server.told_by)


if __name__ == "__main__":
    main()
