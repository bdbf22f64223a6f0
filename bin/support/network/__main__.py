"""`python -m network DATA NAME=PORT…`: the links, until it is ended; says "ready" when they and the control listen."""

import asyncio
import json
import sys
from pathlib import Path

from network import FAULTY_HOST, SOCKET
from network.link import Link, Mode

LONGEST_ORDER_S = 5.0


async def main(data: Path, ports: dict[str, int]) -> None:
    links = {name: Link(FAULTY_HOST, port, ("127.0.0.1", port)) for name, port in ports.items()}
    for link in links.values():
        await link.listen()

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One order, a line of JSON: {"link": …, "mode": …, "delay_s": …}; without a link: which are there?"""
        try:
            order = json.loads(await asyncio.wait_for(reader.readline(), LONGEST_ORDER_S))
            if order["link"]:
                links[order["link"]].become(Mode(order["mode"]), float(order.get("delay_s", 0)))
            writer.write(b"done\n" if order["link"] else f"{' '.join(links)}\n".encode())
        except (KeyError, ValueError, TypeError, TimeoutError) as error:
            writer.write(f"{error!r}\n".encode())
        writer.close()

    path = data / SOCKET
    path.unlink(missing_ok=True)
    control = await asyncio.start_unix_server(obey, path)
    print("ready", flush=True)
    await control.serve_forever()


if __name__ == "__main__":
    words = (word.partition("=") for word in sys.argv[2:])
    asyncio.run(main(Path(sys.argv[1]), {name: int(port) for name, _, port in words}))
