"""Whether a consumer may send a notice: of all who have its message, one does."""

from enum import Enum
from typing import NamedTuple


class NoticeKey(NamedTuple):
    """The unit that is sent once: an event, or (`replay_id`) one redelivery of it."""

    event_id: str
    replay_id: str | None = None


class Claim(Enum):
    OURS = "ours"  # send it, and then say whether it was sent
    SENT = "sent"  # acknowledge it
    IN_FLIGHT = "in flight"  # another copy is being sent: look again later
