"""Whether a consumer may send a notice: of all who have its message, one does."""

from enum import Enum


class Claim(Enum):
    OURS = "ours"  # send it, and then say whether it was sent
    SENT = "sent"  # acknowledge it
    IN_FLIGHT = "in flight"  # another copy is being sent: look again later
