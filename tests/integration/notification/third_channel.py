"""Processes that have a third channel, `pager`: `python -m tests.integration.notification.third_channel [COMMAND …]`.

What one more channel takes: a member of the enum, a sender, and a block of settings. Without a command it is the
channel's consumer; `deliveries STUDENT` prints what the service replies; `dead-letters …` is bin/dead-letters.
"""

import sys
from enum import StrEnum

import etc.contracts.channel


class Channel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"
    PAGER = "pager"


etc.contracts.channel.Channel = Channel  # type: ignore[assignment,misc]  # before anybody else has imported it

from kit.settings import load  # noqa: E402
from kit.stores.redis_client import connect  # noqa: E402
from notification.adapters.auto_pipelining import AutoPipeliningRedis  # noqa: E402
from notification.adapters.delivery_log import DeliveryLog  # noqa: E402
from notification.api.delivery_schemas import DeliveryReply  # noqa: E402
from notification.bootstrap import Capacity, consume  # noqa: E402
from notification.cli import dead_letters  # noqa: E402
from notification.domain.event import Event  # noqa: E402
from notification.domain.outcome import PermanentFailure  # noqa: E402
from notification.domain.sender import Destination  # noqa: E402
from notification.settings import ConsumerSettings  # noqa: E402
from notification.stores import open_stores  # noqa: E402


class PagerSettings(ConsumerSettings):
    pager_refuses: str = ""


class PagerSender:
    channel = Channel.PAGER

    def __init__(self, settings: PagerSettings) -> None:
        self._settings = settings

    def wants(self, event: Event) -> bool:
        return event.email is not None

    def destination(self, event: Event) -> Destination:
        return Destination("", "")

    def send(self, event: Event) -> int:
        if event.email == self._settings.pager_refuses:
            raise PermanentFailure("no such pager")
        return 202


def main(arguments: list[str]) -> int:
    settings = load(PagerSettings)
    match arguments:
        case ["dead-letters", *rest]:
            return dead_letters.main(rest)
        case ["deliveries", student]:
            for one in DeliveryLog(connect(settings.redis_url)).page(int(student), None, 20).deliveries:
                print(DeliveryReply.of(one).model_dump_json())
        case _:
            capacity = Capacity(concurrency=2, prefetch=8, room=16, share=2)
            consume(PagerSender(settings), settings, capacity, open_stores(settings, AutoPipeliningRedis))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
