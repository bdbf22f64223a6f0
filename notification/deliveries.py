"""What a student can see of the notices sent, and do about them."""

from typing import Protocol

from notification.adapters.delivery_log import Page

PAGE_SIZE = 20


class Log(Protocol):
    """See adapters.delivery_log."""

    def page(self, student_id: int, after: str | None, size: int) -> Page: ...


class Deliveries:
    """Each method raises Unavailable when a store or broker it needs does not answer."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def page(self, student_id: int, after: str | None) -> Page:
        """The newest deliveries, or those older than the one with the id `after`."""
        return self._log.page(student_id, after, PAGE_SIZE)
