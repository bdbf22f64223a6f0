"""Sends notices over one channel: `python -m notification.consume CHANNEL`.

Consumes the queue `notification.<channel>`. Settings: notification.settings.
"""

import argparse

from etc.contracts.channel import Channel
from notification.channels import CHANNELS


def main() -> None:
    parser = argparse.ArgumentParser(description="Sends notices over one channel.")
    parser.add_argument("channel", choices=list(Channel))
    CHANNELS[Channel(parser.parse_args().channel)].consume()


if __name__ == "__main__":
    main()
