"""The signals the supervisor waits for. They are blocked and never handled, so nothing interrupts between starting
a child and knowing of it.
"""

import signal

STOP = {signal.SIGTERM, signal.SIGINT}
RENEW = {signal.SIGHUP}
CHILD = {signal.SIGCHLD}
ALL = STOP | RENEW | CHILD


class StopAsked(Exception):
    """Somebody wants everything to end."""


def wait_for(numbers: set[signal.Signals], within_s: float | None = None) -> signal.Signals | None:
    """The first of these to come, None if none does in time. Raises StopAsked if it is a stop.

    A signal that is not waited for stays pending.
    """
    if within_s is None:
        came = signal.Signals(signal.sigwait(numbers))
    elif told := signal.sigtimedwait(numbers, max(0.0, within_s)):
        came = signal.Signals(told.si_signo)
    else:
        return None
    if came in STOP:
        raise StopAsked
    return came
