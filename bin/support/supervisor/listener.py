"""The listening socket, under the file descriptor at which systemd's protocol wants it."""

import os
import socket
import sys

PASSED_FD = 3  # SD_LISTEN_FDS_START, see sd_listen_fds(3)
BACKLOG = 2048  # as uvicorn's: who connects while no process accepts waits here


def open_listener(address: str) -> None:
    """Listens on HOST:PORT (an IPv6 host in brackets) from now until this process ends."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, int(port)), family=family, backlog=BACKLOG)
    except ValueError:
        sys.exit(f"supervise: --listen {address}: expected HOST:PORT")
    except OSError as error:
        sys.exit(f"supervise: --listen {address}: {error.strerror}")
    listener.setblocking(False)  # for whoever it is passed to as well: one socket, one flag
    number = listener.detach()
    if number != PASSED_FD:
        os.dup2(number, PASSED_FD)
        os.close(number)
