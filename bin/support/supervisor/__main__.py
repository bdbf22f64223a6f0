"""supervise [OPTION…] COMMAND…: runs COMMAND and starts it again whenever it ends by itself, or cannot be started.

honcho stops everything as soon as one process ends; under this, a crash of one process stays a crash of one.
SIGTERM or SIGINT ends COMMAND and then this, with status 0. COMMAND never outlives this, however this ends.
SIGHUP renews: COMMAND is ended and started again.

  --last              what the others depend on (a store, the broker): told to stop, it stays until those without
                      --last are gone, or 2.5 s, so that they can finish what they have in flight
  --listen HOST:PORT  opens the socket and passes it on, as systemd does (sd_listen_fds(3)). It outlives COMMAND: who
                      connects while none runs waits for the next, and after 2 s gets a 503. SIGHUP then starts a
                      second COMMAND on it and, when that one has written a newline to the pipe READY_FD, sends
                      SIGTERM to the old one, which may take its time; to stop, SIGINT is sent
  --overlap           the same without a socket, for what opens its own: the new COMMAND gets everything else ready,
                      writes its newline, and takes what only one can have when the old one has let go of it
  --ready-within S    how long a renewal waits for the new one (30), which is then killed, and the old one stays
  --leave-within S    how long the old one may take to end (20), which is killed after that

The process id of COMMAND is in $VAR_DIR/pids/NAME.pid, NAME being what honcho calls it (users.1), and how the last
renewal ended in NAME.renewal. On a full disk they are written as soon as there is room.
"""

import argparse
import fcntl
import signal
import sys
import time
from typing import IO

import signals
from listener import open_listener
from pid_files import VAR_DIR
from supervisor import Supervisor

READY_WITHIN_S = 30.0
LEAVE_WITHIN_S = 20.0  # kit.web.serve waits up to 15 s for its clients to leave, and then for the requests in flight
LAST_WAITS_S = 2.5  # honcho kills everything 5 s after the first process ended; a clean stop needs the rest


def open_lock() -> IO[str]:
    """The file on which everyone without --last holds a shared lock. The kernel takes it back at their end."""
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    return (VAR_DIR / "applications.lock").open("w")


def wait_for_others(lock: IO[str]) -> None:
    deadline = time.monotonic() + LAST_WAITS_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            fcntl.flock(lock, fcntl.LOCK_UN)  # the next one with --last looks for the same
            return


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--listen", metavar="HOST:PORT")
    parser.add_argument("--overlap", action="store_true")
    parser.add_argument("--ready-within", type=float, default=READY_WITHIN_S)
    parser.add_argument("--leave-within", type=float, default=LEAVE_WITHIN_S)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        print(__doc__, file=sys.stderr)
        return 64
    signal.pthread_sigmask(signal.SIG_BLOCK, signals.ALL)
    if options.listen:  # before anything else is opened: its number is fixed
        open_listener(options.listen)
    with open_lock() as lock:
        if not options.last:
            fcntl.flock(lock, fcntl.LOCK_SH)
        supervisor = Supervisor(
            options.command,
            listening=bool(options.listen),
            overlapping=bool(options.listen) or options.overlap,
            ready_within_s=options.ready_within,
            leave_within_s=options.leave_within,
        )
        supervisor.run()
        if supervisor.running and options.last:
            wait_for_others(lock)
        supervisor.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
