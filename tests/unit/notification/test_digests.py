"""When notices for one student are gathered, and that none is lost or kept for long."""

from collections.abc import Iterator

from hypothesis import given

from notification.domain.digests import MOST_GATHERED, WINDOW_S, Digests
from tests.support.scripts import Script, scripts


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def digests(clock: Clock, *, after: int = 2, most_held: int = 1000) -> Digests[str, int]:
    return Digests(after=after, wait_s=10, most_held=most_held, clock=clock)


def test_the_first_go_alone_and_what_follows_within_the_wait_goes_together() -> None:
    clock = Clock()
    one = digests(clock)
    assert [one.arrive("a", number) for number in range(5)] == [[0], [1], [], [], []]
    clock.now_s += 9.9
    assert one.due() == []
    clock.now_s += 0.2
    assert one.due() == [[2, 3, 4]]
    assert (one.due(), one.held) == ([], 0)


def test_others_are_not_held_up() -> None:
    one = digests(Clock())
    for number in range(5):
        one.arrive("a", number)
    assert one.arrive("b", 7) == [7]


def test_after_a_quiet_minute_the_next_goes_alone_again() -> None:
    clock = Clock()
    one = digests(clock)
    for number in range(3):
        one.arrive("a", number)
    clock.now_s += 10
    assert one.due() == [[2]]
    clock.now_s += WINDOW_S + 1
    assert one.due() == []
    assert one.arrive("a", 9) == [9]


def test_a_digest_has_a_limit_and_so_has_what_is_held_for_all() -> None:
    clock = Clock()
    one = digests(clock, after=1, most_held=3)
    given = [one.arrive("a", number) for number in range(MOST_GATHERED + 1)]
    assert given[-1] == list(range(1, MOST_GATHERED + 1))
    for name in "bcdef":
        one.arrive(name, 0)
        one.arrive(name, 1)
    assert one.due() == [[1], [1]]  # the oldest, until no more than three are held
    assert one.due(everything=True) == [[1], [1], [1]]


def test_none_means_that_nothing_is_gathered() -> None:
    one = digests(Clock(), after=0)
    assert [one.arrive("a", number) for number in range(100)] == [[number] for number in range(100)]


@given(scripts(about=40))
def test_whatever_comes_each_is_given_out_once_and_in_order(script: Script) -> None:
    clock = Clock()
    after = script.number(0, 4)
    arrivals = [(recipient, script.number(0, 200) / 10) for recipient in script.deeds(range(4))]
    one: Digests[int, tuple[int, int]] = Digests(after=after, wait_s=10, most_held=20, clock=clock)

    def given_out() -> Iterator[tuple[int, int]]:
        for number, (recipient, pause_s) in enumerate(arrivals):
            yield from one.arrive(recipient, (recipient, number))
            clock.now_s += pause_s
            for group in one.due():
                yield from group
        for group in one.due(everything=True):
            yield from group

    out = list(given_out())
    assert sorted(number for _, number in out) == list(range(len(arrivals)))
    for recipient in range(4):
        assert [item for item in out if item[0] == recipient] == sorted(item for item in out if item[0] == recipient)
