"""Sparing endpoints that failed for days: nothing is sent there until the student resumes it."""

from typing import Protocol

from kit.errors import Unavailable
from notification.domain.event import Event
from notification.domain.outcome import PermanentFailure
from notification.domain.sender import Sender

PAUSED = "not sent: this receiver failed for days and is paused; resume it, then have this sent again"


class Endpoints(Protocol):
    """See adapters.endpoints."""

    def paused(self, student_id: int, proxy: str) -> bool: ...


class CircuitBreaker:
    """A sender that sends nothing to endpoints that are paused."""

    def __init__(self, sender: Sender, endpoints: Endpoints) -> None:
        self.channel = sender.channel
        self.wants = sender.wants
        self.destination = sender.destination
        self.target = sender.target
        self.endpoint = sender.endpoint
        self._sender = sender
        self._endpoints = endpoints

    def send(self, event: Event) -> int | None:
        if self._is_paused(event):
            raise PermanentFailure(PAUSED)
        return self._sender.send(event)

    def _is_paused(self, event: Event) -> bool:
        endpoint = self.endpoint(event)
        try:
            return endpoint is not None and self._endpoints.paused(event.student_id, endpoint)
        except Unavailable:
            return False  # an attempt too many does no harm
