"""How long a test notice is waited for, and how many may be under way."""

import threading
from collections.abc import Iterator

import pytest

from notification.domain.event import Event, decode
from notification.domain.example_event import example_event
from notification.domain.sender import Destination
from notification.domain.subscription import Subscription
from notification.service.event_tester import EventTester


class Store:
    def get(self, student_id: int, class_id: int) -> Subscription:
        return Subscription("abhinav@example.com", None)


class NoLimit:
    def count(self, student_id: int) -> None:
        pass


class Slow:
    """Sends nothing until told to."""

    channel = "email"

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def wants(self, event: Event) -> bool:
        return event.email is not None

    def destination(self, event: Event) -> Destination:
        return Destination("", "")

    def target(self, event: Event) -> str:
        return "a…@example.com"

    def endpoint(self, event: Event) -> None:
        pass

    def send(self, event: Event) -> int:
        self.go_on.wait(10)
        return 250


@pytest.fixture
def slow() -> Iterator[Slow]:
    sender = Slow()
    yield sender
    sender.go_on.set()


def test_the_event_goes_to_the_channels_of_the_subscription_and_says_that_it_is_a_test() -> None:
    event = example_event(4, 2, Subscription("abhinav@example.com", "https%3A%2F%2Fsmee.io%2Fabc"))
    assert (event.student_id, event.class_id) == (4, 2)
    assert (event.email, event.proxy_url) == ("abhinav@example.com", "https%3A%2F%2Fsmee.io%2Fabc")
    assert event.subject == "Test notice for Class 2"
    assert event.message == "This is a test: notices for student with id: 4 about Class 2 arrive here"
    assert decode(event.model_dump_json().encode()).id == event.id


@pytest.fixture
def tester(slow: Slow) -> Iterator[EventTester]:
    one = EventTester(Store(), {"email": slow}, NoLimit(), at_once=1)
    yield one
    slow.go_on.set()
    one.close()


def test_it_waits_no_longer_than_the_gateway_does(tester: EventTester) -> None:
    [result] = tester.run(4, 2, longest_wait_s=0.05)
    assert (result.status, result.duration_ms, result.error) == (None, 50, "no answer within 0.05 s")


def test_a_slow_one_keeps_its_place_until_it_ends(tester: EventTester, slow: Slow) -> None:
    tester.run(4, 2, longest_wait_s=0.05)
    [refused] = tester.run(4, 2, longest_wait_s=0.05)
    assert refused.error == "not sent: many tests are under way, ask again in a moment"
    slow.go_on.set()
    while (result := tester.run(4, 2, longest_wait_s=5)[0]).error:
        assert result.error == refused.error
    assert result.status == 250
