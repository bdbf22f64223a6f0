"""What AWS reports and DynamoDB Local never does: conflicts between transactions, and throttling.

The client is a stub here and nowhere else: botocore's own errors, in the shapes of the API reference.
"""

import asyncio
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from enrollment.adapters import items
from enrollment.adapters.id_allocator import UNDER_LOAD_AFTER
from enrollment.adapters.outbox import Outbox
from enrollment.adapters.outcomes import Outcomes
from enrollment.adapters.roster_store import RosterStore
from enrollment.adapters.tables import Tables
from enrollment.domain.class_section import ClassStatus
from enrollment.domain.offer_links import OfferLinks
from enrollment.domain.record import Seated, Waiting
from enrollment.domain.waitlist import WaitlistChange
from enrollment.service.committer import Committer
from enrollment.service.enrollments import Enrollments
from enrollment.service.ports import Place
from enrollment.service.recent_sections import RecentSections
from enrollment.service.turns import Turns
from enrollment.service.unit_of_work import UnitOfWork
from kit.concurrency import deadline
from kit.errors import Unavailable
from kit.stores.dynamo import number, text
from kit.stores.idempotency_keys import IdempotencyKeys

CLASS = {
    "ClassID": number(2),
    "CourseCode": text("CPSC 449"),
    "SectionNumber": number(1),
    "ClassName": text("Web"),
    "Department": text("CS"),
    "InstructorID": number(5),
    "MaxCapacity": number(2),
    "WaitlistMaximum": number(2),
    "CurrentEnrollment": number(0),
    "CurrentWaitlist": number(0),
    "Catalog": text(ClassStatus.ACTIVE),
    "Version": number(1),
    "LineVersion": number(1000),
}


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code} for code in codes]
    error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")


def throttled() -> ClientError:
    return ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems")


class StubbedDynamo:
    """Answers reads with one class, and writes with the given errors, then with success."""

    def __init__(self, *errors: Exception, forever: Exception | None = None) -> None:
        self._errors = list(errors)
        self._forever = forever
        self.transactions = 0

    def batch_get_item(self, **_: Any) -> dict[str, Any]:
        return {"Responses": {"classes": [dict(CLASS)]}}

    def update_item(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"Value": number(4)}}

    def transact_write_items(self, **_: Any) -> dict[str, Any]:
        self.transactions += 1
        if self._errors:
            raise self._errors.pop(0)
        if self._forever:
            raise self._forever
        return {}


class NoLine:
    def mark_pending(self, *_: Any) -> None:
        raise AssertionError("nobody waits in this class")

    def commit(self, _: WaitlistChange) -> bool:
        raise AssertionError("nobody waits in this class")


class Nobody:
    def to_class(self, class_id: int, student_ids: list[int]) -> dict[int, Any]:
        return {}

    def keys(self, class_id: int, student_ids: list[int]) -> dict[str, Any]:
        return {}

    def found(self, read: Any, student_ids: list[int]) -> dict[int, Any]:
        return {}

    def stand(self, class_id: int, token: str, stuck: str = "") -> Place:
        return Place(token, 0)

    def leave(self, class_id: int, token: str, section: Any) -> int:
        return 0

    def publish(self, events: Any) -> "list[Future[None]]":
        return []

    async def await_confirms(self, futures: Any) -> None:
        return None


def enrollments(client: Any) -> Enrollments:
    tables = Tables()
    anything: Any = Nobody()
    store = RosterStore(client, tables, Outbox(client, tables), anything)
    line: Any = NoLine()
    outcomes, recent = Outcomes(IdempotencyKeys(client, "")), RecentSections()
    views = [lambda _: None] * 2
    links, publish = OfferLinks("", ""), anything.publish
    committer = Committer(store, line, anything, anything, outcomes, links, recent, publish, *views)
    turns = Turns(anything, recent)
    return Enrollments(UnitOfWork(store, outcomes, committer, recent, anything, turns, threads=2), store)


def enroll(service: Enrollments, student_id: int, within_s: float = 10) -> Seated | Waiting:
    """As the route does it: in an event loop, with a deadline."""

    async def request() -> Seated | Waiting:
        deadline.start(within_s)
        return await service.enroll(student_id, 2)

    return asyncio.run(request())


@pytest.mark.parametrize(
    "errors",
    [
        [cancelled("TransactionConflict", "None")],
        [cancelled("None", "ConditionalCheckFailed")],
        [cancelled("ThrottlingError", "None"), cancelled("ProvisionedThroughputExceeded", "None")],
        [cancelled("TransactionConflict", "TransactionConflict")] * 5,
    ],
)
def test_a_conflict_is_tried_again_until_it_is_over(errors: list[Exception]) -> None:
    client = StubbedDynamo(*errors)
    seated = enroll(enrollments(client), 1)
    assert isinstance(seated, Seated)
    assert seated.record.enrollment_id == 4, "the number taken by the first try is used"
    assert client.transactions == len(errors) + 1


def test_a_conflict_that_does_not_end_is_a_503_within_the_bound() -> None:
    client = StubbedDynamo(forever=cancelled("TransactionConflict"))
    with pytest.raises(Unavailable, match="very busy"):
        enroll(enrollments(client), 1, within_s=0.4)
    assert client.transactions > 2


@pytest.mark.parametrize("error", [throttled(), ReadTimeoutError(endpoint_url="http://127.0.0.1")])
def test_what_botocore_gave_up_on_is_a_503(error: Exception) -> None:
    with pytest.raises(Unavailable):
        enroll(enrollments(StubbedDynamo(error)), 1)


def test_an_error_of_our_own_making_is_not_hidden() -> None:
    with pytest.raises(ClientError):
        enroll(enrollments(StubbedDynamo(cancelled("ValidationError"))), 1)


class CountingDynamo(StubbedDynamo):
    """Counts the readings, and keeps what was put."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(*errors)
        self.readings = 0
        self.held = dict(CLASS)

    def batch_get_item(self, **_: Any) -> dict[str, Any]:
        self.readings += 1
        return {"Responses": {"classes": [dict(self.held)]}}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        super().transact_write_items()
        self.held = request["TransactItems"][0]["Put"]["Item"]
        return {}


def under_load(client: CountingDynamo) -> Enrollments:
    service = enrollments(client)
    for _ in range(UNDER_LOAD_AFTER + 1):
        service._rosters.enrollment_ids.reserve(1)
    return service


def test_in_calm_times_each_decision_is_read_for() -> None:
    client = CountingDynamo()
    service = enrollments(client)
    enroll(service, 1)
    enroll(service, 2)
    assert (client.readings, client.transactions) == (2, 2)


def test_under_load_after_the_first_an_enrollment_is_decided_without_reading() -> None:
    client = CountingDynamo()
    service = under_load(client)
    enroll(service, 1)
    seated = enroll(service, 2)
    assert isinstance(seated, Seated)
    assert (seated.current_enrollment, client.readings, client.transactions) == (2, 1, 2)


def test_an_optimistic_load_that_does_not_hold_is_followed_by_a_reading_and_by_caution() -> None:
    client = CountingDynamo()
    service = under_load(client)
    enroll(service, 1)
    # Another process took the last seat but one and gave it back: the class is at another version.
    client.held = {**client.held, "Version": number(7), "MaxCapacity": number(9)}
    client._errors = [cancelled("ConditionalCheckFailed")]
    assert isinstance(enroll(service, 2), Seated)
    assert (client.readings, client.transactions) == (2, 3)
    assert isinstance(enroll(service, 3), Seated)
    assert client.readings == 3, "for a while it reads first"


def test_a_refusal_is_never_decided_optimistically() -> None:
    client = CountingDynamo()
    service = under_load(client)
    enroll(service, 1)
    client.held = {**client.held, "Catalog": text("inactive")}
    enroll(service, 2)  # optimistic: the transaction would refuse it, the stub does not
    client.held = {**client.held, "MaxCapacity": number(9), "Catalog": text("active")}
    readings = client.readings
    service._unit_of_work._recent.committed(replace(items.class_from_item(client.held), status=ClassStatus.INACTIVE))
    assert isinstance(enroll(service, 3), Seated), "what we remember says inactive, the database knows better"
    assert client.readings == readings + 1


def load(service: Enrollments, *student_ids: int) -> list[object]:
    return list(service.load(2, student_ids, waits=False, though_closed=False))


def test_many_of_a_file_are_decided_without_reading_also_in_calm_times() -> None:
    client = CountingDynamo()
    service = enrollments(client)
    assert load(service, 1) == ["added"]
    assert load(service, 2) == ["added"]
    assert (client.readings, client.transactions) == (1, 2)


def test_that_one_of_a_file_gets_no_seat_is_never_decided_optimistically() -> None:
    client = CountingDynamo()
    service = enrollments(client)
    load(service, 1)
    client.held = {**client.held, "MaxCapacity": number(3)}
    assert load(service, 2, 3) == ["added", "added"], "what we remember says two seats, the database knows better"
    assert client.readings == 2
