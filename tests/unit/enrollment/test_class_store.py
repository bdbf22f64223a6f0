"""What AWS reports when classes are added or taken away, and DynamoDB Local never does (API reference).

The client is a stub: botocore's own errors, in the shapes of the API reference.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from enrollment.adapters import class_store
from enrollment.adapters.class_store import ClassStore
from enrollment.adapters.history_store import HistoryStore
from enrollment.adapters.tables import Tables
from enrollment.domain.class_history import first_entry, last_entry
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import ClassUnknown, SectionTaken
from kit.errors import Unavailable

SECTIONS = [
    ClassSection(n, f"CPSC {n}", 1, "Web", "CS", 5, 2, 1, 0, 0, ClassStatus.ACTIVE, 1, 1000) for n in range(1, 4)
]


def cancelled(*codes: str) -> ClientError:
    reasons = [{"Code": code} for code in codes]
    error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "DeleteItem")


class StubbedDynamo:
    def __init__(self, *errors: Exception, forever: Exception | None = None) -> None:
        self._errors = list(errors)
        self._forever = forever
        self.written: list[int] = []
        self.calls = 0

    def get_item(self, **_: Any) -> dict[str, Any]:
        return {"Item": {}}  # the sections of 1.1 are adopted

    def transact_write_items(self, **request: Any) -> None:
        self._fail()
        puts = [write["Put"]["Item"] for write in request["TransactItems"] if "Put" in write][1::3]
        self.written = [int(item["ClassID"]["N"]) for item in puts]

    def update_item(self, **_: Any) -> None:
        """The class leaves its course."""

    def delete_item(self, **_: Any) -> None:
        self._fail()

    def _fail(self) -> None:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        if self._forever:
            raise self._forever


class StubbedRosters:
    """`there`: whether the class still exists."""

    def __init__(self, client: Any, there: bool = True) -> None:
        self.history = HistoryStore(client, Tables())
        self._there = there

    def require_section(self, class_id: int) -> ClassSection:
        if not self._there:
            raise ClassUnknown(class_id)
        return SECTIONS[0]


def store(client: Any, there: bool = True) -> ClassStore:
    rosters: Any = StubbedRosters(client, there)
    return ClassStore(client, Tables(), rosters)


def new(section: ClassSection) -> tuple[ClassSection, dict[str, Any]]:
    return section, first_entry(section, "2026-11-22T17:00:00.000Z")


def end(section: ClassSection) -> tuple[ClassSection, dict[str, Any]]:
    return section, last_entry(section, "2026-11-22T17:00:00.000Z")


@pytest.mark.parametrize("passing", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_what_passes_is_tried_again_and_never_called_a_section_that_exists(passing: str) -> None:
    client = StubbedDynamo(cancelled(passing, "None", "None"), cancelled("None", passing, "None"))
    store(client).add(*new(SECTIONS[0]))
    assert client.written == [1]


def test_what_does_not_pass_in_time_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_store, "RETRY_DEADLINE_S", 0.2)
    client = StubbedDynamo(forever=cancelled("TransactionConflict", "None", "None"))
    with pytest.raises(Unavailable, match="busy"):
        store(client).add(*new(SECTIONS[0]))
    assert client.calls > 1


def test_a_section_that_exists_is_said_to_exist() -> None:
    with pytest.raises(SectionTaken):
        store(StubbedDynamo(cancelled("ConditionalCheckFailed", "None", "None"))).add(*new(SECTIONS[0]))


def test_an_id_that_is_in_use_is_not_a_section_that_exists() -> None:
    with pytest.raises(Unavailable, match="id"):
        store(StubbedDynamo(cancelled("None", "ConditionalCheckFailed", "None"))).add(*new(SECTIONS[0]))


def test_of_many_those_whose_section_exists_are_left_out() -> None:
    none, there = ("None",) * 3, ("ConditionalCheckFailed", "None", "None")
    client = StubbedDynamo(cancelled(*none, *there, *none), cancelled("TransactionConflict", "None", "None", *none))
    assert store(client).add_all([new(section) for section in SECTIONS]) == [SECTIONS[0], SECTIONS[2]]
    assert client.written == [1, 3]


def test_an_error_of_our_own_making_is_not_hidden() -> None:
    with pytest.raises(ClientError):
        store(StubbedDynamo(cancelled("ValidationError", "None"))).add(*new(SECTIONS[0]))


@pytest.mark.parametrize("code", ["TransactionConflictException", "ThrottlingException"])
@pytest.mark.parametrize("before", [0, 1])
def test_a_deletion_that_was_not_done_is_never_called_done(code: str, before: int) -> None:
    missing = [refused("ConditionalCheckFailedException")] * before
    with pytest.raises(Unavailable):
        store(StubbedDynamo(*missing, refused(code))).delete(*end(SECTIONS[0]))


@pytest.mark.parametrize("passing", ["TransactionConflict", "ThrottlingError"])
def test_a_last_step_of_a_deletion_that_met_another_is_never_called_done(passing: str) -> None:
    section_is_anothers = [refused("ConditionalCheckFailedException")] * 2
    with pytest.raises(Unavailable, match="busy"):
        store(StubbedDynamo(*section_is_anothers, cancelled(passing, "None", "None"))).delete(*end(SECTIONS[0]))


def test_a_class_with_somebody_in_it_is_not_taken_away() -> None:
    refusals = [refused("ConditionalCheckFailedException")] * 2
    client = StubbedDynamo(*refusals, cancelled("ConditionalCheckFailed", "None", "None"))
    with pytest.raises(Unavailable, match="emptied"):
        store(client).delete(*end(SECTIONS[0]))


def test_a_class_that_another_process_took_away_does_not_exist() -> None:
    section_is_anothers = [refused("ConditionalCheckFailedException")] * 2
    client = StubbedDynamo(*section_is_anothers, cancelled("ConditionalCheckFailed", "ConditionalCheckFailed", "None"))
    with pytest.raises(ClassUnknown):
        store(client, there=False).delete(*end(SECTIONS[0]))
