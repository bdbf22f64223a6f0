"""Notices that somebody wants everything to stop."""

import signal

from outcomes import Stopped


class StopRequests:
    """Notes SIGINT, SIGTERM and SIGHUP. A second one changes nothing: the stopping goes on."""

    def __init__(self) -> None:
        self._requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as under nohup, whose point it is
            signal.signal(signal.SIGHUP, self._note)

    def _note(self, *_: object) -> None:
        self._requested = True

    def check(self) -> None:
        if self._requested:
            raise Stopped
