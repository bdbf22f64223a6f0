"""The database's clock: the host's own while the two agree, and the database's while they do not."""

from email.utils import formatdate

import pytest

from kit.stores.database_clock import AGREE_S, FORGOTTEN_AFTER_S, DatabaseClock

NOW_S = 1_795_366_801.4


class Host:
    """`wall_s` may be set; `monotonic_s` never is."""

    def __init__(self) -> None:
        self.monotonic_s = 50.0
        self.wall_s = NOW_S

    def pass_time(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.wall_s += seconds


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def clock(host: Host) -> DatabaseClock:
    return DatabaseClock(lambda: host.monotonic_s, lambda: host.wall_s)


def date(unix_s: float) -> str:
    return formatdate(int(unix_s), usegmt=True)


def test_before_the_first_reply_it_is_the_hosts(clock: DatabaseClock) -> None:
    assert clock.now_s() == NOW_S


def test_while_both_agree_it_is_the_hosts_which_is_finer(clock: DatabaseClock, host: Host) -> None:
    clock.hear(date(NOW_S - 1))
    host.pass_time(0.25)
    assert clock.now_s() == NOW_S + 0.25


@pytest.mark.parametrize("ahead_s", [3600.0, -90.0, 3.0, -3.0])
def test_a_host_whose_clock_is_wrong_goes_by_the_databases(clock: DatabaseClock, host: Host, ahead_s: float) -> None:
    host.wall_s += ahead_s
    clock.hear(date(NOW_S))
    assert abs(clock.now_s() - NOW_S) < 1
    host.pass_time(10)
    assert abs(clock.now_s() - NOW_S - 10) < 1


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0])
def test_a_clock_that_is_set_between_two_replies_changes_nothing(
    clock: DatabaseClock, host: Host, ahead_s: float
) -> None:
    clock.hear(date(NOW_S))
    host.pass_time(20)
    host.wall_s += ahead_s
    assert abs(clock.now_s() - NOW_S - 20) < 1
    host.wall_s -= ahead_s
    assert clock.now_s() == NOW_S + 20


def test_what_was_heard_long_ago_and_what_is_no_date_is_nothing_to_go_by(clock: DatabaseClock, host: Host) -> None:
    clock.hear("no date")
    host.wall_s += 3600
    assert clock.now_s() == host.wall_s
    clock.hear(date(NOW_S))
    host.pass_time(FORGOTTEN_AFTER_S + 1)
    assert clock.now_s() == host.wall_s


def test_they_agree_by_more_than_a_date_can_be_wrong() -> None:
    assert AGREE_S > 1.5
