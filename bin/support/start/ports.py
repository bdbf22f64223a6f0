"""Finds ports that are taken already, and by whom, as far as /proc tells."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from pwd import getpwuid

from layout import Port

_LISTEN = "0A"


def taken(ports: Iterable[Port]) -> list[str]:
    """One line for each port somebody else listens on."""
    return [
        f"  port {port.number} (for {port.purpose}) is taken by {_listener(port.number)}"
        for port in ports
        if _is_taken(port.number)
    ]


def _is_taken(number: int) -> bool:
    with socket.socket() as probe:
        # Without this, connections that ended a moment ago would count; a listener counts all the same.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return True
    return False


def _listener(number: int) -> str:
    for user, inode in _listening_sockets(number):
        for process in Path("/proc").glob("[0-9]*"):
            if inode in _sockets_of(process):
                return f"process {process.name}: {_command(process)}"
        return f"a process of user {_name(user)}"
    return "an unknown process"


def _listening_sockets(number: int) -> Iterator[tuple[int, str]]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()  # sl local_address rem_address st queues timer retransmits uid timeout inode
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == number:
                yield int(fields[7]), f"socket:[{fields[9]}]"


def _sockets_of(process: Path) -> set[str]:
    found = set()
    try:
        for entry in os.scandir(process / "fd"):
            found.add(os.readlink(entry.path))
    except OSError:  # somebody else's process, or one that ended while we looked
        pass
    return found


def _command(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    return " ".join(words).strip()[:80]


def _name(user: int) -> str:
    try:
        return getpwuid(user).pw_name
    except KeyError:
        return str(user)
