"""What was sent and what is being sent, so that a notice is sent once by however many consumers have its message.

DynamoDB's table `sent`, key `<channel>:<event id>`; a message that was redelivered has its own,
`<channel>:<event id>:<replay id>`, so that it is really sent again, and once.

    claimed   Owner (S), SendingUntil (N, Unix ms)    one consumer sends it now; who dies leaves a claim that runs out
    sent      SentAt (S)

ExpiresAt (N, Unix s) is when DynamoDB forgets it. Claims and records of all threads share transactions, up to a hundred
in one round trip: one write each would cost more than the sending.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from kit.concurrency import threads
from kit.concurrency.backoff import pauses
from kit.concurrency.group_commit import GroupCommit
from kit.errors import Unavailable
from kit.stores import dynamo
from kit.stores.dynamo import Item, number, text
from notification.adapters.tables import EXPIRES_AT, Tables
from notification.adapters.transactions import transact_each
from notification.domain.claim import Claim

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

LEASE_S = 6.0
_RENEWED_AFTER_S = LEASE_S / 3
_MOST = 100  # writes in one transaction
_MOST_WAITING = 10_000
_GIVE_UP_AFTER_S = 5.0


@dataclass(frozen=True)
class _Write:
    """One write of a transaction, with the key it is about; `refused` is what it is when its condition fails."""

    key: str
    words: dict[str, Any]
    refused: Callable[[Item], Claim]


class DedupStore:
    """Of one channel; thread-safe. All methods raise Unavailable when DynamoDB does not answer, and can be repeated."""

    def __init__(
        self,
        database: "DynamoDBClient",
        tables: Tables,
        channel: str,
        lifetime_s: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._table = tables.sent
        self._channel = channel
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._lock = Lock()
        self._held: dict[str, float] = {}  # key → when it was claimed or renewed (monotonic)
        self._writes: GroupCommit[_Write, Claim] = GroupCommit(
            self._together, _MOST, threads=1, most_waiting=_MOST_WAITING
        )
        self._closing = Event()

    def claim(self, event_id: str, replay_id: str | None) -> Claim:
        """Claim it for sending, unless it was sent or another sends it. The claim is renewed until it is settled."""
        key = self._key(event_id, replay_id)
        with self._lock:
            if key in self._held:
                return Claim.IN_FLIGHT
            self._held[key] = time.monotonic()
        found = Claim.IN_FLIGHT
        try:
            found = self._writes.run(0, self._claiming(key))
        finally:
            if found is not Claim.OURS:
                self._let_go(key)
        return found

    def mark_sent(self, event_id: str, replay_id: str | None) -> None:
        """It is sent. What a replay delivered, the copy that waits to be tried again must not deliver once more."""
        for key in {self._key(event_id, None), self._key(event_id, replay_id)}:
            self._writes.run(0, self._marking(key))
            self._let_go(key)

    def release(self, event_id: str, replay_id: str | None) -> None:
        """It was not sent: whoever has it next may try. Raises nothing, since a claim also runs out by itself."""
        key = self._key(event_id, replay_id)
        self._let_go(key)
        try:
            self._writes.run(0, self._releasing(key))
        except Unavailable as unavailable:
            log.info("%s can be tried again only in %g s: %s", key, LEASE_S, unavailable.detail)

    def start(self) -> None:
        """From now on renew the claims of what takes long to send."""
        threads.keep_running(f"{self._channel}-claims", self._renew_for_ever)

    def close(self) -> None:
        self._closing.set()

    def ping(self) -> None:
        """Readiness probe: raises Unavailable when DynamoDB does not answer."""
        with dynamo.translated():
            self._database.get_item(TableName=self._table, Key={"Key": text("ping")})

    # --- the writes

    def _claiming(self, key: str) -> _Write:
        item = {**self._item(key), "Owner": text(self._owner), "SendingUntil": number(self._lease_ms())}
        values = {":owner": text(self._owner), ":now": number(round(self._clock() * 1000))}
        condition = "attribute_not_exists(#key) OR SendingUntil < :now OR #owner = :owner"
        names = {"#key": "Key", "#owner": "Owner"}
        put = {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }
        return _Write(key, put, lambda found: Claim.SENT if "SentAt" in found else Claim.IN_FLIGHT)

    def _marking(self, key: str) -> _Write:
        item = {**self._item(key), "SentAt": text(datetime.now(UTC).isoformat())}
        return _Write(key, {"Put": {"TableName": self._table, "Item": item}}, lambda _: Claim.SENT)

    def _releasing(self, key: str) -> _Write:
        return _Write(key, {"Delete": self._if_owned(key)}, lambda _: Claim.IN_FLIGHT)

    def _renewing(self, key: str) -> _Write:
        words = self._if_owned(key)
        words["UpdateExpression"] = "SET SendingUntil = :until"
        words["ExpressionAttributeValues"][":until"] = number(self._lease_ms())
        return _Write(key, {"Update": words}, lambda _: Claim.IN_FLIGHT)

    def _if_owned(self, key: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": {"Key": text(key)},
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": "Owner"},
            "ExpressionAttributeValues": {":owner": text(self._owner)},
        }

    def _item(self, key: str) -> Item:
        return {"Key": text(key), EXPIRES_AT: number(int(self._clock()) + self._lifetime_s)}

    def _lease_ms(self) -> int:
        return round((self._clock() + LEASE_S) * 1000)

    def _key(self, event_id: str, replay_id: str | None) -> str:
        key = f"{self._channel}:{event_id}"
        return f"{key}:{replay_id}" if replay_id else key

    def _let_go(self, key: str) -> None:
        with self._lock:
            self._held.pop(key, None)

    # --- many in one transaction

    def _together(self, _: int, writes: Sequence[_Write]) -> list[Claim | Exception]:
        """One outcome for each. A transaction is all or nothing, so those whose condition fails are left out of the
        next; and it takes a key once, so copies of one message wait for the next, too."""
        outcomes: dict[int, Claim | Exception] = {}
        give_up_at = time.monotonic() + _GIVE_UP_AFTER_S
        for pause_s in pauses(first_s=0.005, longest_s=0.2):
            left = [place for place in range(len(writes)) if place not in outcomes]
            now = list(_first_of_each_key(writes, left))
            if not now:
                break
            found = transact_each(self._database, [writes[place].words for place in now])
            for place, outcome in zip(now, found, strict=True):
                if outcome is True:
                    outcomes[place] = Claim.OURS
                elif outcome is not False:
                    outcomes[place] = writes[place].refused(outcome)
            if all(outcome is False for outcome in found):  # conflicts alone
                if time.monotonic() > give_up_at:
                    raise Unavailable("The database is busy; ask again in a moment")
                time.sleep(pause_s)
        return [outcomes[place] for place in range(len(writes))]

    # --- what takes long

    def _renew_for_ever(self) -> None:
        while not self._closing.wait(1):
            try:
                self._renew()
            except Unavailable as unavailable:
                log.warning("claims could not be renewed: %s", unavailable.detail)
            except Exception:  # a guard: this thread has to outlive what nobody foresaw
                log.exception("renewing claims failed")

    def _renew(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [key for key, at in self._held.items() if now - at > _RENEWED_AFTER_S][:_MOST]
            self._held |= dict.fromkeys(due, now)
        self._together(0, [self._renewing(key) for key in due])


def _first_of_each_key(writes: Sequence[_Write], places: list[int]) -> Iterator[int]:
    seen: set[str] = set()
    for place in places:
        if writes[place].key not in seen:
            seen.add(writes[place].key)
            yield place
