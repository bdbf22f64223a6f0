"""One try at a receiver."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Attempt:
    """When it began (UTC), how long it took, and the HTTP status or SMTP code it was answered with, if it was."""

    at: datetime
    duration_ms: int | None = None  # None: it broke down in a way nobody foresaw
    status: int | None = None
