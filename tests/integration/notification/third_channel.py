"""Processes that have a third channel, `pager`: its consumer (`python -m …third_channel pager`), and the service.

What one more channel takes: a member of the enum, a sender in the table of channels, and a block of settings.
"""

from enum import StrEnum

import etc.contracts.channel


class Channel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"
    PAGER = "pager"


etc.contracts.channel.Channel = Channel  # type: ignore[assignment,misc]  # before anybody else has imported it

from kit.settings import load  # noqa: E402
from notification import consume  # noqa: E402
from notification.adapters.auto_pipelining import AutoPipeliningRedis  # noqa: E402
from notification.app import create_app as create_app  # noqa: E402
from notification.bootstrap import Capacity  # noqa: E402
from notification.bootstrap import consume as run_consumer  # noqa: E402
from notification.channels import CHANNELS, ChannelParts  # noqa: E402
from notification.domain.event import Event  # noqa: E402
from notification.domain.outcome import PermanentFailure  # noqa: E402
from notification.domain.sender import Destination  # noqa: E402
from notification.settings import ConsumerSettings  # noqa: E402
from notification.stores import open_stores  # noqa: E402


class PagerSettings(ConsumerSettings):
    pager_refuses: int = 0  # notices about this class


class PagerSender:
    channel = Channel.PAGER

    def __init__(self, settings: PagerSettings) -> None:
        self._settings = settings

    def wants(self, event: Event) -> bool:
        return event.is_notice

    def destination(self, event: Event) -> Destination:
        return Destination("", "")

    def target(self, event: Event) -> str:
        return f"pager of {event.student_id}"

    def endpoint(self, event: Event) -> str | None:
        return None

    def send(self, event: Event) -> int:
        if event.class_id == self._settings.pager_refuses:
            raise PermanentFailure("no such pager")
        return 202


def _consume() -> None:
    settings = load(PagerSettings)
    capacity = Capacity(concurrency=2, prefetch=8, room=16, share=2)
    run_consumer(PagerSender(settings), settings, capacity, open_stores(settings, AutoPipeliningRedis))


# The enum that mypy knows has two members.
CHANNELS[Channel.PAGER] = ChannelParts(_consume, lambda *_: PagerSender(load(PagerSettings)))  # type: ignore[index]

if __name__ == "__main__":
    consume.main()
