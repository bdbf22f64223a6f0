"""Sends notices by e-mail: `python -m notification.email_consumer`.

Consumes the queue `notification.email`. Settings: notification.settings.EmailSettings.
"""

from kit.settings import load
from notification.adapters.mail_server import EmailSender
from notification.process import Capacity, consume
from notification.settings import EmailSettings


def main() -> None:
    settings = load(EmailSettings)
    places = settings.email_in_flight
    # All mail goes to one server: its line may have every place and the whole waiting room.
    consume(EmailSender(settings), settings, Capacity(places=places, per_host=places, waiting_share=1))


if __name__ == "__main__":
    main()
