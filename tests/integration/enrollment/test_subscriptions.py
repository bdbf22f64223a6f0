"""Who is promoted is told as they are subscribed at that time, whoever the instance took to be next in line.

Subscriptions are in DynamoDB here, as they are once everything of version 1.1 has moved.
"""

import pytest

from etc.contracts.subscriptions import MOVED, PROGRESS, SubscriptionItem, key
from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import Process, World


@pytest.fixture(autouse=True)
def _moved(world: World) -> None:
    table = world.deps.tables.subscriptions
    world.deps.database.put_item(TableName=table, Item={**PROGRESS, MOVED: {"S": "nothing was to be moved"}})


def subscribe(world: World, class_id: int, *students: int) -> None:
    for student in students:
        item = SubscriptionItem(student, class_id, f"s{student}@example.com", None).to_item()
        world.deps.database.put_item(TableName=world.deps.tables.subscriptions, Item=item)


def unsubscribe(world: World, class_id: int, student: int) -> None:
    world.deps.database.delete_item(TableName=world.deps.tables.subscriptions, Key=key(student, class_id))


def told(world: World, *students: int) -> bool:
    """Whether exactly these are, since the last look, with the address they subscribed with."""
    found: dict[int, str] = {}

    def all_are() -> bool:
        found.update({notice["student_id"]: notice["email"] for notice in world.notices()})
        return len(found) >= len(students)

    until(all_are, why="somebody was not told")
    return found == {student: f"s{student}@example.com" for student in students}


def test_who_is_promoted_is_told_also_where_another_instance_has_moved_the_line(
    world: World, service: Process, calls: Caller, elsewhere: Caller
) -> None:
    class_id = world.add_class(capacity=1, places=20)
    for student in range(1, 9):
        assert calls.enroll(student, class_id)[0] == 200
    subscribe(world, class_id, *range(1, 9))
    drops = [(calls, 1), (calls, 2), (elsewhere, 3), (elsewhere, 4), (calls, 5)]
    for instance, student in drops:
        assert instance.drop(student, class_id)[0] == 200
    assert elsewhere.leave(7, class_id)[0] == 200
    assert calls.drop(6, class_id)[0] == 200  # who takes 7 to be next
    assert told(world, 2, 3, 4, 5, 6, 8)
    world.check(class_id)


def test_what_counts_is_how_one_is_subscribed_when_the_seat_frees(world: World, calls: Caller) -> None:
    class_id = world.add_class(capacity=1, places=20)
    for student in range(1, 6):
        assert calls.enroll(student, class_id)[0] == 200
    subscribe(world, class_id, 2, 3)
    assert calls.drop(1, class_id)[0] == 200  # from now on the instance reads ahead
    unsubscribe(world, class_id, 3)
    assert calls.drop(2, class_id)[0] == 200
    subscribe(world, class_id, 4, 5)
    assert calls.drop(3, class_id)[0] == 200
    assert calls.drop(4, class_id)[0] == 200
    assert told(world, 2, 4, 5)
    world.check(class_id)
