"""The limits of trying passwords, with a clock of the test's own."""

import pytest

from tests.unit.users.fakes import CountersInMemory
from users.domain.errors import RateLimited
from users.domain.network import network_of
from users.service.sign_in_limits import ACCOUNT_WINDOW_S, FAILURES_WHEN_KNOWN, KNOWN_FOR_S, Limits, SignInLimits

HOME, ELSEWHERE = "198.51.100.7", "192.0.2.1"


class World:
    def __init__(self, limits: Limits) -> None:
        self.now_s = 1_702_450_800.0
        self.counters = CountersInMemory()
        self.limits = SignInLimits(self.counters, limits, clock=lambda: self.now_s)

    def succeed(self, network: str, username: str = "jack") -> None:
        self.limits.succeeded(self.limits.admit(username, network))

    def fail(self, network: str, username: str = "jack") -> None:
        self.limits.failed(self.limits.admit(username, network))


def test_an_accounts_tries_from_one_network_are_counted_whatever_its_name_is_written_like() -> None:
    world = World(Limits(per_account=3, failures_per_network=0, failures_per_account=0))
    world.succeed(HOME)
    world.fail(HOME, "JACK")
    world.fail(HOME, "Jack")

    with pytest.raises(RateLimited):
        world.succeed(HOME)
    world.succeed(ELSEWHERE)
    world.succeed(HOME, "liam")
    world.now_s += 60
    world.succeed(HOME)


def test_right_passwords_are_not_counted_to_the_network() -> None:
    world = World(Limits(per_account=0, failures_per_network=2, failures_per_account=0))
    for number in range(10):
        world.succeed(HOME, f"user{number}")
    world.fail(HOME, "jack")
    world.fail(HOME, "liam")

    with pytest.raises(RateLimited) as refusal:
        world.succeed(HOME, "mia")
    assert refusal.value.retry_after_s == 60 - world.now_s % 60


def test_who_signed_in_from_a_network_before_is_heard_there_whatever_others_do() -> None:
    world = World(Limits(per_account=0, failures_per_network=2, failures_per_account=0))
    world.succeed(HOME, "mia")
    world.now_s += 86_400
    world.fail(HOME, "jack")
    world.fail(HOME, "liam")

    world.succeed(HOME, "mia")
    with pytest.raises(RateLimited):
        world.succeed(HOME, "abhinav")


def test_in_a_network_that_guesses_a_known_account_has_a_few_wrong_tries_of_its_own() -> None:
    world = World(Limits(per_account=0, failures_per_network=2, failures_per_account=0))
    world.succeed(HOME, "mia")
    world.succeed(HOME, "jack")
    world.now_s += 60
    for _ in range(FAILURES_WHEN_KNOWN):
        world.fail(HOME, "mia")

    with pytest.raises(RateLimited) as refusal:
        world.succeed(HOME, "mia")
    assert refusal.value.retry_after_s == 60 - world.now_s % 60  # until the network may guess again
    world.succeed(HOME, "jack")
    world.now_s += 60
    world.succeed(HOME, "mia")


def test_of_a_known_accounts_tries_at_the_same_time_no_more_are_answered_than_a_few() -> None:
    world = World(Limits(per_account=0, failures_per_network=1, failures_per_account=0))
    world.succeed(HOME, "mia")
    world.fail(HOME, "jack")
    admitted = [world.limits.admit("mia", HOME) for _ in range(FAILURES_WHEN_KNOWN + 2)]
    for admission in admitted[:-2]:
        world.limits.failed(admission)

    for admission in admitted[-2:]:
        with pytest.raises(RateLimited):
            world.limits.failed(admission)


def test_registrations_have_a_count_of_their_own() -> None:
    world = World(Limits(per_account=0, failures_per_network=2, failures_per_account=0))
    world.limits.count_registration(HOME)
    world.limits.count_registration(HOME)

    with pytest.raises(RateLimited):
        world.limits.count_registration(HOME)
    world.fail(HOME, "jack")
    world.succeed(HOME, "liam")


def test_of_tries_at_the_same_time_no_more_are_answered_than_the_limit() -> None:
    world = World(Limits(per_account=0, failures_per_network=0, failures_per_account=2))
    admitted = [world.limits.admit("jack", f"192.0.2.{number}") for number in range(4)]
    for admission in admitted[:2]:
        world.limits.failed(admission)

    for admission in admitted[2:]:
        with pytest.raises(RateLimited):
            world.limits.failed(admission)


def test_a_network_is_known_for_as_long_as_its_owner_comes_back() -> None:
    world = World(Limits(per_account=0, failures_per_network=0, failures_per_account=1))
    for _ in range(3):
        world.succeed(HOME)
        world.now_s += KNOWN_FOR_S
        world.fail(ELSEWHERE)
        with pytest.raises(RateLimited):
            world.succeed(ELSEWHERE)
        world.fail(HOME)

    world.now_s += 2 * KNOWN_FOR_S
    world.fail(ELSEWHERE)
    with pytest.raises(RateLimited):
        world.succeed(HOME)
    world.now_s += ACCOUNT_WINDOW_S
    world.succeed(HOME)


def test_no_name_is_written_down() -> None:
    world = World(Limits(1, 1, 1))
    world.fail(HOME, "x" * 256)

    assert all("x" not in key and HOME not in key and len(key) < 64 for key in world.counters.counts)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
        ("x" * 100, "x" * 64),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
