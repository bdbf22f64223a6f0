"""A cancelled transaction of claims: what others stood in the way of is written again, not given up."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kit.errors import Unavailable
from notification.adapters.dedup_store import DedupStore
from notification.adapters.tables import Tables
from notification.domain.claim import Claim, NoticeKey


class Database:
    """Cancels its first transactions for these reasons, one list for each."""

    def __init__(self, *cancelled: list[dict[str, Any]]) -> None:
        self.cancelled = list(cancelled)
        self.written: list[int] = []

    def transact_write_items(self, *, TransactItems: list[Any]) -> None:  # noqa: N803 - botocore's word
        if self.cancelled:
            error: Any = {"Error": {"Code": "TransactionCanceledException"}}
            raise ClientError(error | {"CancellationReasons": self.cancelled.pop(0)}, "TransactWriteItems")
        self.written.append(len(TransactItems))


def claims_of(database: Database, count: int) -> list[Claim]:
    store = DedupStore(database, Tables(""), "webhook", 3600)  # type: ignore[arg-type]
    return store.claim([NoticeKey(str(uuid.uuid4())) for _ in range(count)])


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_what_passes_is_tried_again_with_all_of_them(code: str) -> None:
    database = Database([{"Code": code}, {"Code": "None"}], [{"Code": "None"}, {"Code": code}])
    assert claims_of(database, 2) == [Claim.OURS, Claim.OURS]
    assert database.written == [2]


def test_beside_a_conflict_the_one_that_is_sent_already_is_left_out() -> None:
    sent = {"Code": "ConditionalCheckFailed", "Item": {"SentAt": {"S": "2026-11-28T12:00:00Z"}}}
    database = Database([sent, {"Code": "TransactionConflict"}, {"Code": "None"}])
    assert claims_of(database, 3) == [Claim.SENT, Claim.OURS, Claim.OURS]
    assert database.written == [2]


def test_what_an_operator_has_to_mend_is_unavailable_at_once() -> None:
    with pytest.raises(Unavailable):
        claims_of(Database([{"Code": "AccessDenied"}, {"Code": "None"}]), 2)


def test_a_write_that_is_wrong_is_a_defect_of_ours() -> None:
    with pytest.raises(ClientError, match="TransactWriteItems"):
        claims_of(Database([{"Code": "ValidationError"}, {"Code": "None"}]), 2)
