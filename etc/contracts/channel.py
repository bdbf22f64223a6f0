"""The ways a notice can go."""

from enum import StrEnum


class Channel(StrEnum):
    """A member's value is its name everywhere: queues, logs, metrics, replies, and the process `<channel>_consumer`.

    Another channel is another member here, its sender in notification/channels.py, a block of settings, and a line of
    the Procfile.
    """

    EMAIL = "email"
    WEBHOOK = "webhook"
