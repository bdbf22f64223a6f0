"""Growing, jittered pauses between tries ("full jitter": a random part of an exponentially growing bound)."""

import random
import time
from collections.abc import Callable, Iterator
from itertools import takewhile

# Servers started together with us, as bin/start and systemd do, may take so long to answer.
STARTS_WITHIN_S = 30.0

_DICE = random.Random()  # noqa: S311 - spreads load, guards no secret


def pauses(*, first_s: float, longest_s: float) -> Iterator[float]:
    """Endless pauses in seconds; the bound doubles from `first_s` up to `longest_s`.

    Half of the bound is fixed, so that a pause is never nothing.
    """
    bound = first_s
    while True:  # bounded: by who takes the pauses
        yield bound / 2 + _DICE.uniform(0, bound / 2)
        bound = min(bound * 2, longest_s)


def starting_pauses(*, longest_s: float, clock: Callable[[], float] = time.monotonic) -> Iterator[float]:
    """As `pauses`, for the first connection of a process: short while the other side may just be starting.

    The whole system is ready when the last process has noticed that the slowest server answers, and a pause that has
    grown to seconds would come on top of that.
    """
    until_s = clock() + STARTS_WITHIN_S
    yield from takewhile(lambda _: clock() < until_s, pauses(first_s=0.1, longest_s=0.4))
    yield from pauses(first_s=0.4, longest_s=longest_s)
