from hypothesis import given
from hypothesis.strategies import data, integers, lists, sampled_from

from notification.domain.lines import Lines, Turn


def lines(places: int = 4, per_host: int = 2, waiting: int = 4, waiting_per_host: int = 2) -> Lines[str]:
    return Lines(places=places, per_host=per_host, waiting=waiting, waiting_per_host=waiting_per_host)


def test_a_host_gets_its_places_then_its_waiting_room_then_is_turned_away() -> None:
    some = lines()
    turns = [some.offer("a", str(number)) for number in range(5)]
    assert turns == [Turn.NOW, Turn.NOW, Turn.WAITS, Turn.WAITS, Turn.TURNED_AWAY]


def test_a_full_host_leaves_places_and_room_to_others() -> None:
    some = lines()
    for number in range(10):
        some.offer("hanging", str(number))
    assert [some.offer("fine", str(number)) for number in range(4)] == [Turn.NOW, Turn.NOW, Turn.WAITS, Turn.WAITS]


def test_who_waited_goes_in_order_when_a_place_is_given_back() -> None:
    some = lines()
    for name in ("1", "2", "3", "4"):
        some.offer("a", name)
    assert some.finished("a") == ("a", "3")
    assert some.finished("a") == ("a", "4")
    assert some.finished("a") is None


def test_hosts_take_turns_for_the_places() -> None:
    some = lines(places=1, per_host=1, waiting=10, waiting_per_host=10)
    for name in ("a1", "a2", "a3", "b1", "b2"):
        some.offer(name[0], name)
    order = []
    host = "a"
    while (turn := some.finished(host)) is not None:
        host, name = turn
        order.append(name)
    assert order == ["a2", "b1", "a3", "b2"]


def test_clearing_forgets_who_waits_and_keeps_what_is_under_way() -> None:
    some = lines()
    for name in ("1", "2", "3"):
        some.offer("a", name)
    assert some.clear() == ["3"]
    assert some.finished("a") is None
    assert some.finished("a") is None
    assert some.offer("a", "4") is Turn.NOW


@given(integers(1, 5), integers(1, 5), integers(0, 6), integers(0, 6), lists(sampled_from("abc"), max_size=60), data())
def test_no_bound_is_ever_broken_and_nobody_is_lost(
    places: int, per_host: int, waiting: int, waiting_per_host: int, hosts: list[str], choices: data
) -> None:
    some = lines(places, per_host, waiting, waiting_per_host)
    under_way: list[str] = []
    waits = 0
    for number, host in enumerate(hosts):
        turn = some.offer(host, str(number))
        under_way += [host] if turn is Turn.NOW else []
        waits += turn is Turn.WAITS
        assert len(under_way) <= places
        assert all(under_way.count(one) <= per_host for one in "abc")
        assert waits <= waiting
        if under_way and choices.draw(integers(0, 1)):
            ended = under_way.pop(choices.draw(integers(0, len(under_way) - 1)))
            if (taken := some.finished(ended)) is not None:
                under_way.append(taken[0])
                waits -= 1
    while under_way:
        if (taken := some.finished(under_way.pop())) is not None:
            under_way.append(taken[0])
            waits -= 1
    assert waits == 0
