"""Making the tables of the users service, and what they need before they are used."""

import logging
from collections.abc import Callable, Sequence
from threading import Event

from kit.concurrency.backoff import starting_pauses
from kit.errors import Unavailable

log = logging.getLogger(__name__)


def prepare(steps: Sequence[Callable[[], None]], stopped: Event) -> None:
    """Do the steps in order, all again until all are done, or until stopped. Each is idempotent.

    Whatever a step raises: somebody may grant a right that is missing, and nobody else would try again.
    """
    for pause_s in starting_pauses(longest_s=5):
        if stopped.is_set():
            return
        try:
            for step in steps:
                step()
        except Unavailable:
            log.info("waiting for DynamoDB")
        except Exception:
            log.exception("cannot prepare the tables yet")
        else:
            return
        stopped.wait(pause_s)
