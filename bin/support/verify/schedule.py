"""What goes wrong next, and when: the dice alone decide. No I/O."""

import random
from collections.abc import Iterator, Sequence
from itertools import count

from verify.history import Kind

BROKER_AWAY = "rabbitmq, kept away"
_AWAKE_S = (0.002, 0.04)  # of one that stands still again: enough for the next thing that it was about to do
_STOPPED_AGAIN_S = 3.0  # longer than a mark in Redis is young (enrollment.domain.waitlist)


def schedule(names: Sequence[str], dice: random.Random, *, broker_away: bool) -> Iterator[str]:
    """Targets for ever: all in a new order each round, nobody twice running, and after every other round the broker."""
    order, last = list(names), ""
    for round_number in count(1):
        dice.shuffle(order)
        if order[0] == last:
            order.append(order.pop(0))
        yield from order
        last = order[-1]
        if broker_away and round_number % 2:
            yield f"{Kind.KILL} {BROKER_AWAY}"


def naps(seconds: float, dice: random.Random) -> list[tuple[float, float]]:
    """How a process stands still for so long in all: for how long each time, and for how long it goes on afterwards.

    Half of the time at one go. Else it goes on now and then for some milliseconds: so it does one thing of what it was
    about to do, a transaction say that was decided long ago, and leaves the next undone.
    """
    times = int(seconds / _STOPPED_AGAIN_S) if dice.random() < 0.5 else 1
    return [(seconds / times, dice.uniform(*_AWAKE_S)) for _ in range(times)]
