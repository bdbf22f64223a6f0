"""Runs COMMAND, starts it again when it ends, and renews it when asked to."""

import signal
import time

import signals
from answerer import LOOK_EVERY_S as ANSWER_EVERY_S
from answerer import Answerer
from child import CannotStart, Child
from pid_files import say, write_pid, write_renewal

FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 10.0
HEALTHY_AFTER_S = 30.0  # what ran this long had no trouble starting: the next delay is the first one again
KILL_AFTER_S = 10.0
LOOK_EVERY_S = 0.05
WRITE_AGAIN_AFTER_S = 2.0


class Supervisor:
    """`running`: one process; during a renewal also, last, the one that is to take over."""

    def __init__(
        self,
        command: list[str],
        *,
        listening: bool,
        overlapping: bool,
        ready_within_s: float,
        leave_within_s: float,
    ) -> None:
        self._command = command
        self._listening = listening
        self._overlapping = overlapping
        self._ready_within_s = ready_within_s
        self._leave_within_s = leave_within_s
        self.running: list[Child] = []
        self._started_s = 0.0
        self._pid_is_written = True
        self._answerer = Answerer() if listening else None

    def run(self) -> None:
        """Returns when it is time to stop."""
        try:
            self._run()
        except signals.StopAsked:
            return

    def stop(self) -> None:
        """Ends what still runs, and is not kept from it by further signals."""
        deadline = time.monotonic() + KILL_AFTER_S
        for child in self.running:
            child.hurry()
        for child in list(self.running):
            if not child.ended_within(deadline - time.monotonic(), heeding=set()):
                say(f"{child.title} did not stop within {KILL_AFTER_S:.0f} s: killing it")
            self._clear_away(child)

    def _run(self) -> None:
        delay_s = FIRST_DELAY_S
        while True:  # bounded: by the supervisor's life, with a pause in each turn
            how = self._start() or self._supervise()
            if time.monotonic() - self._started_s >= HEALTHY_AFTER_S:
                delay_s = FIRST_DELAY_S
            say(f"{how}; starting it again in {delay_s:.0f} s")
            if self._answerer:
                self._answerer.begin()
            self._wait_for(signals.STOP | signals.RENEW, delay_s)
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    def _start(self) -> str | None:
        """Why it could not be started, None if it was."""
        self._started_s = time.monotonic()
        try:
            child = Child(self._command, listening=self._listening)
        except CannotStart as reason:
            return str(reason)
        self.running.append(child)
        self._record_pid()
        return None

    def _supervise(self) -> str:
        """Until there is nothing left to supervise: how it ended, or why its renewal could not be started."""
        while not (child := self.running[-1]).has_ended():
            if self._wait_for(signals.ALL, None if self._pid_is_written else WRITE_AGAIN_AFTER_S) in signals.RENEW:
                failure = self._renew()
                if failure and not self.running:
                    return failure
            if not self._pid_is_written:
                self._record_pid()
        return self._clear_away(child)

    def _wait_for(self, numbers: set[signal.Signals], within_s: float | None) -> signal.Signals | None:
        """As signals.wait_for, and meanwhile nobody waits for long who connects and is not accepted."""
        if self._answerer is None:
            return signals.wait_for(numbers, within_s)
        end = time.monotonic() + within_s if within_s is not None else float("inf")
        while (left_s := end - time.monotonic()) > 0:
            if came := signals.wait_for(numbers, min(left_s, ANSWER_EVERY_S)):
                return came
            self._answerer.look()
        return None

    def _record_pid(self) -> None:
        """Tried again until there is room; meanwhile bin/restart and bin/verify find no process under this name."""
        failure = write_pid(self.running[-1].pid)
        if failure and self._pid_is_written:
            say(failure)
        self._pid_is_written = failure is None

    def _renew(self) -> str | None:
        old = self.running[0]
        say(f"renewing {old.title}")
        if self._overlapping:
            failure = self._replace(old)
        else:
            self._end(old, KILL_AFTER_S)
            failure = self._start()
        if failure and self.running:
            say(f"{failure}; {old.title} goes on")
        self._started_s = time.monotonic()
        if not_written := write_renewal(failure or "renewed"):
            say(not_written)
        return failure

    def _replace(self, old: Child) -> str | None:
        """Why the old one could not be replaced, None if it was."""
        try:
            new = Child(self._command, listening=self._listening, replaces=True)
        except CannotStart as reason:
            return str(reason)
        self.running.append(new)
        deadline = time.monotonic() + self._ready_within_s
        while not new.is_ready():
            if new.has_ended():
                return self._clear_away(new)
            if time.monotonic() >= deadline:
                self._clear_away(new)
                return f"{new.title} was not ready within {self._ready_within_s:.0f} s"
            self._wait_for(signals.STOP | signals.CHILD, LOOK_EVERY_S)
        self._record_pid()
        say(f"{new.title} takes over from {old.title}")
        self._end(old, self._leave_within_s)
        return None

    def _end(self, child: Child, within_s: float) -> None:
        child.terminate()
        if not child.ended_within(within_s, heeding=signals.STOP):
            say(f"{child.title} did not end within {within_s:.0f} s: killing it")
        self._clear_away(child)

    def _clear_away(self, child: Child) -> str:
        """Ends what is left of it; says how it ended."""
        status = child.clear_away()
        self.running.remove(child)
        how = f"ended with status {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"
        return f"{child.title} {how}"
