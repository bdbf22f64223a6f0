"""Growing, jittered pauses between tries ("full jitter": a random part of an exponentially growing bound)."""

import random
from collections.abc import Iterator

_DICE = random.Random()  # noqa: S311 - spreads load, guards no secret


def pauses(*, first_s: float, longest_s: float) -> Iterator[float]:
    """Endless pauses in seconds; the bound doubles from `first_s` up to `longest_s`.

    Half of the bound is fixed, so that a pause is never nothing.
    """
    bound = first_s
    while True:  # bounded: by who takes the pauses
        yield bound / 2 + _DICE.uniform(0, bound / 2)
        bound = min(bound * 2, longest_s)
