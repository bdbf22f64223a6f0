"""Sends notices by e-mail: `python -m notification.email_consumer`.

Consumes the queue `notification.email`. Settings: notification.settings.EmailSettings.
"""

from kit.settings import load
from notification.consumer.process import Capacity, consume
from notification.senders.email import EmailSender
from notification.settings import EmailSettings


def capacity(places: int) -> Capacity:
    """All mail goes to one server: its line may have every place, and room so that nobody is ever turned away."""
    prefetch = 8 * places
    return Capacity(places=places, prefetch=prefetch, waiting=2 * prefetch, share=places)


def main() -> None:
    settings = load(EmailSettings)
    consume(EmailSender(settings), settings, capacity(settings.email_in_flight))


if __name__ == "__main__":
    main()
