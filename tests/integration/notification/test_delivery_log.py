"""The log of deliveries in real Redis: order, pages, bounds."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import redis

from kit.errors import Unavailable
from notification.adapters.delivery_log import MOST_ATTEMPTS, MOST_DELIVERIES, DeliveryLog
from notification.domain.attempt import Attempt
from notification.domain.delivery import LoggedAttempt, NewAttempt
from notification.domain.event import EnrollmentPromoted
from tests.support.post_office import an_event

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def log(store: redis.Redis) -> DeliveryLog:
    return DeliveryLog(store)


def an_event_of(student_id: int) -> EnrollmentPromoted:
    return EnrollmentPromoted.model_validate(an_event(student_id=student_id, email="a@example.com"))


def at(seconds: float) -> LoggedAttempt:
    return LoggedAttempt(Attempt(NOW + timedelta(seconds=seconds), 5, 250), "delivered")


def test_what_was_noted_is_found_again_as_it_was(log: DeliveryLog, student_id: int) -> None:
    event = an_event_of(student_id)
    failed = LoggedAttempt(Attempt(NOW, 41, 503), "retrying", "the receiver answered 503", NOW + timedelta(seconds=5))
    again = LoggedAttempt(Attempt(NOW + timedelta(seconds=5), 3, 200), "delivered", redelivery=True)
    log.add(event, "webhook", failed)
    log.add(event, "webhook", again)
    log.add(event, "webhook", again)  # as after a lost reply
    [found] = log.page(student_id, None, 20).deliveries
    assert (found.event, found.channel, found.attempts) == (event, "webhook", (failed, again))
    assert log.get(student_id, f"{event.id}-webhook") == found
    assert log.get(student_id, f"{event.id}-email") is None
    assert log.get(student_id + 1, f"{event.id}-webhook") is None


def test_many_are_noted_in_one_round_trip_each_for_itself(
    log: DeliveryLog, store: redis.Redis, student_id: int
) -> None:
    events = [an_event_of(student_id + number) for number in range(3)]
    store.set(f"deliveries:{{{student_id + 1}}}", "a string, where a sorted set belongs")
    noted = log.add_all("email", [NewAttempt(event, at(0)) for event in events])
    assert [isinstance(one, Unavailable) for one in noted] == [False, True, False]
    for event in (events[0], events[2]):
        assert [one.event for one in log.page(event.student_id, None, 2).deliveries] == [event]


def test_pages_are_newest_first_and_do_not_shift_when_something_new_comes(log: DeliveryLog, student_id: int) -> None:
    events = [an_event_of(student_id) for _ in range(5)]
    for second, event in enumerate(events):
        log.add(event, "email", at(second))
    first = log.page(student_id, None, 2)
    log.add(an_event_of(student_id), "email", at(9))
    second_page = log.page(student_id, first.next, 2)
    third = log.page(student_id, second_page.next, 2)
    shown = [one.event for page in (first, second_page, third) for one in page.deliveries]
    assert shown == events[::-1]
    assert third.next is None
    assert log.page(student_id, f"{uuid.uuid4()}-email", 2).deliveries == ()


def test_only_the_newest_are_kept_and_they_expire(log: DeliveryLog, store: redis.Redis, student_id: int) -> None:
    events = [an_event_of(student_id) for _ in range(MOST_DELIVERIES + 3)]
    for second, event in enumerate(events):
        log.add(event, "email", at(second))
    kept = log.page(student_id, None, 1000).deliveries
    assert [one.event for one in kept] == events[:2:-1]
    assert store.hlen(f"delivery-log:{{{student_id}}}") == 2 * MOST_DELIVERIES
    for key in (f"deliveries:{{{student_id}}}", f"delivery-log:{{{student_id}}}"):
        assert 29 * 24 * 3600 < store.ttl(key) <= 30 * 24 * 3600


def test_what_is_older_than_thirty_days_is_not_shown_and_goes_with_the_next_note(
    log: DeliveryLog, store: redis.Redis, student_id: int
) -> None:
    old, new = an_event_of(student_id), an_event_of(student_id)
    log.add(old, "email", at(0))
    later = DeliveryLog(store, lambda: NOW.timestamp() + 30 * 24 * 3600 + 1)
    assert later.page(student_id, None, 20).deliveries == ()
    assert later.get(student_id, f"{old.id}-email") is None
    later.add(new, "email", at(30 * 24 * 3600))
    assert set(store.hkeys(f"delivery-log:{{{student_id}}}")) == {f"{new.id}-email", f"{new.id}-email:attempts"}


def test_of_many_attempts_the_last_are_kept(log: DeliveryLog, student_id: int) -> None:
    event = an_event_of(student_id)
    for second in range(MOST_ATTEMPTS + 5):
        log.add(event, "email", at(second))
    [found] = log.page(student_id, None, 20).deliveries
    assert found.attempts == tuple(at(second) for second in range(5, MOST_ATTEMPTS + 5))


@pytest.mark.single  # which commands there are is asked of one server
def test_a_note_is_one_round_trip(log: DeliveryLog, store: redis.Redis, student_id: int) -> None:
    log.add(an_event_of(student_id), "email", at(0))  # the script is known from now on
    with store.monitor() as monitor:
        log.add(an_event_of(student_id), "email", at(1))
        store.echo("end of the test")
        commands = []
        for one in monitor.listen():
            if "end of the test" in one["command"]:
                break
            if str(student_id) in one["command"] and one["client_type"] != "lua":
                commands.append(one["command"].split()[0])
    assert commands == ["EVALSHA"]


def test_without_redis_it_is_unavailable() -> None:
    with redis.Redis.from_url("redis://127.0.0.1:1/0") as nowhere, pytest.raises(Unavailable):
        DeliveryLog(nowhere).page(4, None, 20)
