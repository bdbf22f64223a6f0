import pytest
from hypothesis import given

from notification.domain.fair_scheduler import PACE_S, Admission, FairScheduler
from notification.domain.sender import Destination
from tests.support.scripts import Script, scripts


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def a_scheduler(
    concurrency: int = 8, room: int = 8, share: float = 0.25, clock: Clock | None = None
) -> FairScheduler[str]:
    return FairScheduler(concurrency=concurrency, room=room, share=share, clock=clock or Clock())


def at(host: str) -> Destination:
    """A host whose domain has no other."""
    return Destination(host, host)


HOSTS = [Destination("a.x", "x"), Destination("b.x", "x"), Destination("c", "c")]


def test_a_host_gets_its_share_of_the_concurrency_then_room_to_wait_then_is_rejected() -> None:
    some = a_scheduler()
    admissions = [some.admit(at("a"), str(number)) for number in range(8)]
    assert admissions == [Admission.STARTED] * 2 + [Admission.QUEUED] * 3 + [Admission.REJECTED] * 3


def test_hosts_that_hang_leave_concurrency_and_room_to_others() -> None:
    some = a_scheduler(concurrency=50, room=450)
    for host in ("hanging", "dead", "slow"):
        for number in range(1000):
            some.admit(at(host), str(number))
    admissions = [some.admit(at("fine"), str(number)) for number in range(20)]
    assert admissions == [Admission.STARTED] * 5 + [Admission.QUEUED] * 15


def test_one_in_flight_is_always_a_hosts_share() -> None:
    some = a_scheduler(concurrency=3)
    assert [some.admit(at(host), "1") for host in "abcd"] == [Admission.STARTED] * 3 + [Admission.QUEUED]


def test_what_waited_goes_in_order_when_one_has_finished() -> None:
    some = a_scheduler()
    for name in ("1", "2", "3", "4"):
        some.admit(at("a"), name)
    assert some.finished(at("a")) == [(at("a"), "3")]
    assert some.finished(at("a")) == [(at("a"), "4")]
    assert some.finished(at("a")) == []


def test_hosts_take_turns() -> None:
    some = a_scheduler(concurrency=1, room=20)
    for name in ("a1", "a2", "a3", "b1", "b2"):
        some.admit(at(name[0]), name)
    order = []
    host = "a"
    while started := some.finished(at(host)):
        [((host, _), name)] = started
        order.append(name)
    assert order == ["a2", "b1", "a3", "b2"]


def test_clearing_forgets_what_is_queued_and_keeps_what_is_in_flight() -> None:
    some = a_scheduler()
    for name in ("1", "2", "3"):
        some.admit(at("a"), name)
    assert some.clear() == ["3"]
    assert some.finished(at("a")) == []
    assert some.finished(at("a")) == []
    assert some.admit(at("a"), "4") is Admission.STARTED


def test_clearing_gives_back_all_the_room_it_took_and_no_more() -> None:
    some = a_scheduler(concurrency=1, room=8, share=1)

    def fill() -> list[Admission]:
        return [some.admit(at(host), "1") for _ in range(8) for host in "abcd"]

    before = fill()
    some.clear()
    some.finished(at("a"))
    assert fill() == before
    assert 0 < before.count(Admission.QUEUED) < len(before)


def test_a_queue_that_moves_is_never_rejected_and_one_that_stops_leaves_room_again() -> None:
    clock = Clock()
    some = a_scheduler(concurrency=4, room=80, share=1, clock=clock)
    admissions = []
    for number in range(140):  # three come for each two that go
        admissions += [some.admit(at("fast"), f"{number}.{part}") for part in (range(2) if number % 2 else range(1))]
        some.finished(at("fast"))
    assert Admission.REJECTED not in admissions
    while some.admit(at("fast"), "the last") is Admission.QUEUED:
        pass  # until the room is full
    assert some.reject_stalled() == [], "it still moves"
    clock.now_s += PACE_S + 0.1
    away = some.reject_stalled()
    assert len(away) == 16, "a fifth of the room"
    assert away[0] == "the last", "who came last has waited least"
    assert some.admit(at("fast"), "one more") is Admission.REJECTED
    assert some.admit(at("other"), "1") is not Admission.REJECTED


def test_a_queue_that_is_busy_for_ever_remembers_no_more_than_its_pace() -> None:
    clock = Clock()
    some = a_scheduler(clock=clock)
    some.admit(at("a"), "0")
    for number in range(1, 1000):
        clock.now_s += 0.5
        assert some.admit(at("a"), str(number)) is Admission.STARTED
        some.finished(at("a"))
    [queue] = some._queues.values()
    assert len(queue.host._went) <= PACE_S / 0.5 + 1


def test_the_many_names_of_one_domain_leave_half_to_others_and_the_room_as_well() -> None:
    some = a_scheduler(concurrency=50, room=500)
    names = [Destination(f"hook{number}.evil.example", "evil.example") for number in range(100)]
    admissions = [some.admit(name, str(number)) for number in range(6) for name in names]
    assert admissions.count(Admission.STARTED) <= 50 / 2
    assert admissions.count(Admission.QUEUED) <= 500 / 2
    healthy = [some.admit(at(f"healthy{number}.example"), "1") for number in range(20)]
    assert healthy == [Admission.STARTED] * 20


def test_one_hanging_host_does_not_keep_its_neighbours_of_the_same_domain_waiting() -> None:
    some = a_scheduler(concurrency=50, room=500)
    for number in range(100):
        some.admit(Destination("hanging.example.edu", "example.edu"), str(number))
    assert some.admit(Destination("fine.example.edu", "example.edu"), "1") is Admission.STARTED


@pytest.mark.parametrize(
    ("concurrency", "share", "started"),
    [(3, 0.25, 1), (2, 1, 1), (3, 1, 2), (8, 0.5, 3)],
)
def test_a_host_may_have_less_in_flight_than_its_share_of_what_is_free_then(
    concurrency: int, share: float, started: int
) -> None:
    some = a_scheduler(concurrency, room=100, share=share)
    admissions = [some.admit(at("a"), str(number)) for number in range(concurrency)]
    assert admissions == [Admission.STARTED] * started + [Admission.QUEUED] * (concurrency - started)


@pytest.mark.parametrize(("concurrency", "share", "started"), [(20, 0.025, 1), (4, 0.25, 2), (12, 0.25, 4)])
def test_a_domain_may_have_less_in_flight_than_twice_that(concurrency: int, share: float, started: int) -> None:
    some = a_scheduler(concurrency, room=100, share=share)
    names = [Destination(f"{number}.x", "x") for number in range(concurrency)]
    assert [some.admit(name, "1") for name in names].count(Admission.STARTED) == started


def test_a_hanging_host_has_no_more_room_because_its_domain_moves() -> None:
    some, alone = a_scheduler(concurrency=4, room=80, share=1), a_scheduler(concurrency=4, room=80, share=1)
    hanging, fast = Destination("hanging.x", "x"), Destination("fast.x", "x")
    some.admit(hanging, "1")
    alone.admit(hanging, "1")
    for number in range(60):
        some.admit(fast, str(number))
        some.finished(fast)
    assert [some.admit(hanging, "2") for _ in range(80)] == [alone.admit(hanging, "2") for _ in range(80)]


def test_one_may_wait_for_each_host_as_long_as_there_is_room() -> None:
    some = a_scheduler(concurrency=1, room=3)
    admissions = [some.admit(at(host), "1") for host in "abcde"]
    assert admissions == [Admission.STARTED, *[Admission.QUEUED] * 3, Admission.REJECTED]
    assert some.admit(at("b"), "2") is Admission.REJECTED


def test_with_little_room_left_a_second_of_a_host_that_stands_still_is_rejected() -> None:
    some = a_scheduler(concurrency=1, room=10)
    assert [some.admit(at(host), "1") for host in "abcdefgh"].count(Admission.QUEUED) == 7
    assert some.admit(at("b"), "2") is Admission.REJECTED
    assert some.admit(at("i"), "1") is Admission.QUEUED


@pytest.mark.parametrize(("later_s", "queued"), [(PACE_S, 3), (PACE_S + 0.001, 1)])
def test_as_many_may_wait_as_went_in_the_last_two_seconds(later_s: float, queued: int) -> None:
    clock = Clock()
    some = a_scheduler(concurrency=1, room=3, clock=clock)
    some.admit(at("a"), "0")
    for number in range(1, 4):
        some.admit(at("a"), str(number))
        some.finished(at("a"))
    clock.now_s += later_s
    assert [some.admit(at("a"), "more") for _ in range(3)].count(Admission.QUEUED) == queued


def test_who_waits_alone_is_not_rejected_when_the_queue_stops() -> None:
    clock = Clock()
    some = a_scheduler(concurrency=1, room=5, share=1, clock=clock)
    assert [some.admit(at(host), "1") for host in "abcdef"] == [Admission.STARTED, *[Admission.QUEUED] * 5]
    clock.now_s += PACE_S + 0.1
    assert some.reject_stalled() == []


def test_nothing_is_remembered_of_a_host_with_nothing_to_do() -> None:
    some = a_scheduler(concurrency=1)
    for name in ("1", "2", "3"):
        some.admit(at("a"), name)
    for _ in range(3):
        some.finished(at("a"))
    assert (some._queues, some._domains) == ({}, {})


@given(scripts(about=120))
def test_no_bound_is_ever_broken_and_nobody_is_lost(script: Script) -> None:
    clock = Clock()
    concurrency, room = script.number(1, 6), script.number(0, 6)
    some = a_scheduler(concurrency, room, script.one_of([0.25, 1, 6]), clock)
    in_flight: list[Destination] = []
    waits = 0
    for number, host in enumerate(script.deeds(HOSTS)):
        turn = some.admit(host, str(number))
        in_flight += [host] if turn is Admission.STARTED else []
        waits += turn is Admission.QUEUED
        assert len(in_flight) <= concurrency
        assert waits <= room
        if script.number(0, 3) == 0:
            clock.now_s += 1
            waits -= len(some.reject_stalled())
        if in_flight and script.number(0, 1):
            taken = some.finished(in_flight.pop(script.number(0, len(in_flight) - 1)))
            in_flight += [to for to, _ in taken]
            waits -= len(taken)
    while in_flight:
        taken = some.finished(in_flight.pop())
        in_flight += [to for to, _ in taken]
        waits -= len(taken)
    assert waits == 0
