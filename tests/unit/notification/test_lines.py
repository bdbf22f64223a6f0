from hypothesis import given
from hypothesis.strategies import DataObject, data, integers, lists, sampled_from

from notification.domain.fair_scheduler import PACE_S, FairScheduler, Turn


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def lines(places: int = 8, waiting: int = 8, share: float = 0.25, clock: Clock | None = None) -> FairScheduler[str]:
    return FairScheduler(places=places, waiting=waiting, share=share, clock=clock or Clock())


def test_a_host_gets_its_share_of_the_places_then_room_to_wait_then_is_turned_away() -> None:
    some = lines()
    turns = [some.offer("a", str(number)) for number in range(8)]
    assert turns == [Turn.NOW] * 2 + [Turn.WAITS] * 3 + [Turn.TURNED_AWAY] * 3


def test_hosts_that_hang_leave_places_and_room_to_others() -> None:
    some = lines(places=50, waiting=450)
    for host in ("hanging", "dead", "slow"):
        for number in range(1000):
            some.offer(host, str(number))
    turns = [some.offer("fine", str(number)) for number in range(20)]
    assert turns == [Turn.NOW] * 5 + [Turn.WAITS] * 15


def test_one_place_is_always_a_hosts_share() -> None:
    some = lines(places=3)
    assert [some.offer(host, "1") for host in "abcd"] == [Turn.NOW] * 3 + [Turn.WAITS]


def test_who_waited_goes_in_order_when_a_place_is_given_back() -> None:
    some = lines()
    for name in ("1", "2", "3", "4"):
        some.offer("a", name)
    assert some.finished("a") == [("a", "3")]
    assert some.finished("a") == [("a", "4")]
    assert some.finished("a") == []


def test_hosts_take_turns_for_the_places() -> None:
    some = lines(places=1, waiting=20)
    for name in ("a1", "a2", "a3", "b1", "b2"):
        some.offer(name[0], name)
    order = []
    host = "a"
    while turns := some.finished(host):
        [(host, name)] = turns
        order.append(name)
    assert order == ["a2", "b1", "a3", "b2"]


def test_clearing_forgets_who_waits_and_keeps_what_is_under_way() -> None:
    some = lines()
    for name in ("1", "2", "3"):
        some.offer("a", name)
    assert some.clear() == ["3"]
    assert some.finished("a") == []
    assert some.finished("a") == []
    assert some.offer("a", "4") is Turn.NOW


def test_a_line_that_moves_is_never_turned_away_and_one_that_stops_leaves_room_again() -> None:
    clock = Clock()
    some = lines(places=4, waiting=80, share=1, clock=clock)
    turns = []
    for number in range(140):  # three come for each two that go
        turns += [some.offer("fast", f"{number}.{part}") for part in (range(2) if number % 2 else range(1))]
        some.finished("fast")
    assert Turn.TURNED_AWAY not in turns
    while some.offer("fast", "the last") is Turn.WAITS:
        pass  # until the room is full
    assert some.turn_away() == [], "it still moves"
    clock.now_s += PACE_S + 0.1
    away = some.turn_away()
    assert len(away) == 16, "a fifth of the room"
    assert away[0] == "the last", "who came last has waited least"
    assert some.offer("fast", "one more") is Turn.TURNED_AWAY
    assert some.offer("other", "1") is not Turn.TURNED_AWAY


def test_a_line_that_is_busy_for_ever_remembers_no_more_than_its_pace() -> None:
    clock = Clock()
    some = lines(clock=clock)
    some.offer("a", "0")
    for number in range(1, 1000):
        clock.now_s += 0.5
        assert some.offer("a", str(number)) is Turn.NOW
        some.finished("a")
    [line] = some._lines.values()
    assert len(line._went) <= PACE_S / 0.5 + 1


@given(integers(1, 6), integers(0, 6), sampled_from([0.25, 1, 6]), lists(sampled_from("abc"), max_size=60), data())
def test_no_bound_is_ever_broken_and_nobody_is_lost(
    places: int, waiting: int, share: float, hosts: list[str], choices: DataObject
) -> None:
    clock = Clock()
    some = lines(places, waiting, share, clock)
    under_way: list[str] = []
    waits = 0
    for number, host in enumerate(hosts):
        turn = some.offer(host, str(number))
        under_way += [host] if turn is Turn.NOW else []
        waits += turn is Turn.WAITS
        assert len(under_way) <= places
        assert waits <= waiting
        if choices.draw(integers(0, 3)) == 0:
            clock.now_s += 1
            waits -= len(some.turn_away())
        if under_way and choices.draw(integers(0, 1)):
            taken = some.finished(under_way.pop(choices.draw(integers(0, len(under_way) - 1))))
            under_way += [one for one, _ in taken]
            waits -= len(taken)
    while under_way:
        taken = some.finished(under_way.pop())
        under_way += [one for one, _ in taken]
        waits -= len(taken)
    assert waits == 0
