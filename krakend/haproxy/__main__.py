"""`python -m krakend.haproxy`: whether HAProxy takes the configuration of these settings, with keys and without."""

import asyncio
import json
import sys

from joserfc.jwk import RSAKey

from kit.settings import load
from krakend.gateway.jwks import NO_KEYS, SMALLEST_KEY_BITS, parse
from krakend.gateway.process import Failed
from krakend.gateway.settings import GatewaySettings
from krakend.haproxy.process import HAProxy, from_table


async def check(haproxy: HAProxy) -> None:
    """Raises Failed with what HAProxy says against it."""
    key = RSAKey.generate_key(SMALLEST_KEY_BITS, auto_kid=True)
    published = parse(json.dumps({"keys": [key.as_dict(private=False)]}).encode())
    for keys in (NO_KEYS, published):
        await haproxy.configure(keys)


def main() -> None:
    settings = load(GatewaySettings)
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        asyncio.run(check(from_table(settings, fds=())))
    except Failed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
