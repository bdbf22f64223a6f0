"""What only AWS answers, and DynamoDB Local never does."""

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from kit.errors import Unavailable
from users.adapters.account_store import AccountStore
from users.domain.account import Account
from users.domain.errors import NameTaken

JO = Account(13, "jo", "jo@gmail.com", ("student",), "$argon2id$…")


class CancellingClient:
    """Cancels transactions for these reasons, one after the other, then lets them pass."""

    def __init__(self, *reasons: str) -> None:
        self._reasons = list(reasons)
        self.calls = 0

    def transact_write_items(self, **_: Any) -> None:
        self.calls += 1
        if self._reasons:
            codes = [{"Code": "None"}, {"Code": self._reasons.pop(0)}]
            error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": codes}
            raise ClientError(cast("Any", error), "TransactWriteItems")


def accounts(client: CancellingClient) -> AccountStore:
    return AccountStore(cast("Any", client), "")


def test_a_transaction_that_met_another_is_tried_again() -> None:
    client = CancellingClient("TransactionConflict", "TransactionConflict")

    accounts(client).add(JO)

    assert client.calls == 3


def test_a_transaction_that_lost_the_name_to_another_is_not_tried_again() -> None:
    client = CancellingClient("TransactionConflict", "ConditionalCheckFailed")

    with pytest.raises(NameTaken):
        accounts(client).add(JO)

    assert client.calls == 2


def test_endless_conflicts_are_for_later() -> None:
    with pytest.raises(Unavailable):
        accounts(CancellingClient(*["TransactionConflict"] * 99)).add(JO)


def test_a_refusal_of_another_kind_is_not_hidden() -> None:
    with pytest.raises(ClientError):
        accounts(CancellingClient("ValidationError")).add(JO)
