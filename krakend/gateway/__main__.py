"""`python -m krakend.gateway`: the gateway in the foreground, KrakenD or HAProxy as $GATEWAY says.

SIGTERM ends it when its clients have left, SIGINT at once. With READY_FD it takes over from another and says, by a
newline, when it serves (see bin/support/supervise).
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable

import httpx

from kit.observability import logs
from kit.settings import load
from krakend.gateway.jwks import KeySet
from krakend.gateway.krakend import KrakenD
from krakend.gateway.mirror import Mirror
from krakend.gateway.own_port import KEY_CHANGES, OwnPort
from krakend.gateway.process import Failed, Gateway, passed_fds
from krakend.gateway.settings import GatewaySettings
from krakend.haproxy.process import from_table

log = logging.getLogger(__name__)

# Well below the time for which users publishes a key before it signs with it.
EVERY_S = 2.0
EVERY_S_WITHOUT_KEYS = 0.25


def main() -> None:
    settings = load(GatewaySettings)
    logs.configure(settings.log_level, settings.log_style)
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        sys.exit(asyncio.run(run(settings)))
    except (Failed, ValueError) as error:
        sys.exit(str(error))


async def run(settings: GatewaySettings) -> int:
    """The status with which the gateway ended."""
    own_port = OwnPort(settings.own_port)
    gateway = make(settings, own_port)
    end_by_signals(gateway, own_port)
    async with httpx.AsyncClient(headers=settings.caller_headers, trust_env=False, timeout=2) as client:
        mirror = Mirror(settings.folder / "jwks.json", settings.services["users"], client)
        keys = mirror.kept() or await mirror.refreshed(mirror.kept())
        own_port.show(keys)
        await own_port.open()
        await gateway.start(keys)
        say_ready()
        supplying = asyncio.create_task(supply(gateway, mirror, own_port, keys))
        try:
            return await gateway.ended()
        finally:
            supplying.cancel()


def make(settings: GatewaySettings, own_port: OwnPort) -> Gateway:
    if settings.gateway == "haproxy":
        return from_table(settings, passed_fds())
    host, port = settings.gateway_host, settings.gateway_port
    return KrakenD(host, port, own_port.jwks_url, replaces="READY_FD" in os.environ)


def end_by_signals(gateway: Gateway, own_port: OwnPort) -> None:
    """From then on our own port is the next one's alone."""

    def leave_the_port_and(end: Callable[[], None]) -> None:
        own_port.close()
        end()

    loop = asyncio.get_running_loop()
    for number, end in ((signal.SIGTERM, gateway.leave), (signal.SIGINT, gateway.hurry)):
        loop.add_signal_handler(number, leave_the_port_and, end)


async def supply(gateway: Gateway, mirror: Mirror, own_port: OwnPort, keys: KeySet) -> None:
    """Gives the gateway the keys of the users service whenever they change, for ever."""
    while True:  # bounded: by the gateway's life, with a pause in each turn
        newest = await mirror.refreshed(keys)
        if newest != keys:
            own_port.show(newest)  # before the gateway reads them
            try:
                await gateway.use(newest)
            except Failed as error:
                KEY_CHANGES.labels("refused").inc()
                own_port.show(keys)
                log.error("the gateway goes on with the keys it has: %s", error)
            else:
                KEY_CHANGES.labels("used").inc()
                keys = newest
        await asyncio.sleep(EVERY_S if keys else EVERY_S_WITHOUT_KEYS)


def say_ready() -> None:
    if ready_fd := os.environ.pop("READY_FD", None):
        os.write(int(ready_fd), b"\n")
        os.close(int(ready_fd))


if __name__ == "__main__":
    main()
