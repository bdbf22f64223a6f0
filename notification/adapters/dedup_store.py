"""Sent notices and those being sent, so that a notice is sent once by however many consumers have its message.

DynamoDB's table `sent`, key `<channel>:<event id>`; a message that was redelivered has its own,
`<channel>:<event id>:<replay id>`, so that it is really sent again, and once.

    claimed   Owner (S), SendingUntil (N, Unix ms)    one consumer sends it now, and goes on renewing the claim
    sent      SentAt (S)

A consumer that dies leaves a claim that is renewed no more. Another consumer takes it when it has seen the same one for
as long as a claim lasts, by its own watch. No two clocks are compared: SendingUntil is for people, and changes at each
renewal.

ExpiresAt (N, Unix s) is when DynamoDB forgets it. Many are claimed and recorded in one transaction, up to a hundred
in one round trip: one write each would cost more than the sending.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from kit.concurrency import threads
from kit.concurrency.backoff import pauses
from kit.errors import Unavailable
from kit.stores import dynamo
from kit.stores.dynamo import Item, number, text
from notification.adapters.tables import EXPIRES_AT, Tables
from notification.adapters.transactions import transact_each
from notification.domain.claim import Claim, NoticeKey

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

LEASE_S = 4.5  # less than the shortest delay of a retry: who sees a dead claim twice may take it
_RENEWED_AFTER_S = LEASE_S / 3
_MOST = 100  # writes in one transaction
_MOST_OTHERS = 20_000  # claims of others that are kept in mind
_GIVE_UP_AFTER_S = 5.0


@dataclass(frozen=True)
class _Lease:
    """A claim as it was at one moment."""

    owner: str
    until_ms: int


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
        watch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._table = tables.sent
        self._channel = channel
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._watch = watch
        self._owner = uuid.uuid4().hex
        self._lock = Lock()
        self._held: dict[str, float] = {}  # key → when it was claimed or renewed, by the watch
        self._others: dict[str, tuple[_Lease, float]] = {}  # key → another's claim, and when it was first seen
        self._last_ms = 0
        self._closing = Event()

    def claim(self, notices: Sequence[NoticeKey]) -> list[Claim]:
        """Claim each for sending, unless it was sent or another sends it. Claims are renewed until they are settled."""
        keys = [self._key(*notice) for notice in notices]
        new = self._hold(keys)
        found: dict[str, Claim] = {}
        try:
            found = dict(zip(new, self._write([self._claiming(key) for key in new]), strict=True))
        finally:
            self._let_go(key for key in new if found.get(key) is not Claim.OURS)
        with self._lock:
            for key, outcome in found.items():
                if outcome is Claim.OURS:
                    self._others.pop(key, None)
        # A key that is here twice, or was held before, is sent by the first who holds it.
        return [found.pop(key, Claim.IN_FLIGHT) for key in keys]

    def holds(self, notice: NoticeKey) -> bool:
        """Whether our claim of it has not run out, as it does while a process is stopped."""
        with self._lock:
            renewed_at = self._held.get(self._key(*notice))
        return renewed_at is not None and self._watch() - renewed_at < LEASE_S

    def mark_sent(self, notices: Sequence[NoticeKey]) -> None:
        """They are sent. What a replay delivered, the copy that waits to be tried again must not deliver once more."""
        keys = {self._key(event_id, each) for event_id, replay_id in notices for each in (None, replay_id)}
        self._write([self._marking(key) for key in sorted(keys)])
        self._let_go(keys)

    def release(self, notices: Sequence[NoticeKey]) -> None:
        """They were not sent: whoever has one next may try. Raises nothing, since a claim also runs out by itself."""
        keys = sorted({self._key(*notice) for notice in notices})
        self._let_go(keys)
        try:
            self._write([self._releasing(key) for key in keys])
        except Unavailable as unavailable:
            log.info("%s can be tried again only in %g s: %s", ", ".join(keys), LEASE_S, unavailable.detail)

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
        values = {":owner": text(self._owner)}
        condition = "attribute_not_exists(#key) OR #owner = :owner"
        if left := self._left_by_the_dead(key):
            condition += " OR (#owner = :dead AND SendingUntil = :seen)"
            values |= {":dead": text(left.owner), ":seen": number(left.until_ms)}
        put = {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#key": "Key", "#owner": "Owner"},
                "ExpressionAttributeValues": values,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }
        return _Write(key, put, lambda found: self._refused(key, found))

    def _refused(self, key: str, found: Item) -> Claim:
        """Keep since when another's claim is as it is."""
        with self._lock:
            if "SentAt" in found:
                self._others.pop(key, None)
                return Claim.SENT
            lease = _Lease(found["Owner"]["S"], int(found["SendingUntil"]["N"]))
            known = self._others.get(key)
            if known is None or known[0] != lease:
                self._others.pop(key, None)
                self._others[key] = lease, self._watch()
            if len(self._others) > _MOST_OTHERS:
                del self._others[next(iter(self._others))]
        return Claim.IN_FLIGHT

    def _left_by_the_dead(self, key: str) -> "_Lease | None":
        with self._lock:
            lease, since = self._others.get(key, (None, 0.0))
        return lease if lease and self._watch() - since >= LEASE_S else None

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
        """Never the same twice, whatever the clock does."""
        with self._lock:
            self._last_ms = max(self._last_ms + 1, round((self._clock() + LEASE_S) * 1000))
            return self._last_ms

    def _key(self, event_id: str, replay_id: str | None) -> str:
        key = f"{self._channel}:{event_id}"
        return f"{key}:{replay_id}" if replay_id else key

    def _hold(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that were not held yet, each once; now they are."""
        now = self._watch()
        with self._lock:
            new = [key for key in dict.fromkeys(keys) if key not in self._held]
            self._held |= dict.fromkeys(new, now)
        return new

    def _let_go(self, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._held.pop(key, None)

    # --- many in one transaction

    def _write(self, writes: Sequence[_Write]) -> list[Claim]:
        """One outcome for each, of a key of its own."""
        return [one for at in range(0, len(writes), _MOST) for one in self._together(writes[at : at + _MOST])]

    def _together(self, writes: Sequence[_Write]) -> list[Claim]:
        """A transaction is all or nothing, so those whose condition fails are left out of the next."""
        outcomes: dict[int, Claim] = {}
        give_up_at = time.monotonic() + _GIVE_UP_AFTER_S
        for pause_s in pauses(first_s=0.005, longest_s=0.2):
            now = [place for place in range(len(writes)) if place not in outcomes]
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
        now = self._watch()
        with self._lock:
            due = [key for key, at in self._held.items() if now - at > _RENEWED_AFTER_S]
        for at in range(0, len(due), _MOST):
            some = due[at : at + _MOST]
            renewed = self._together([self._renewing(key) for key in some])
            with self._lock:
                for key, claim in zip(some, renewed, strict=True):
                    if claim is Claim.OURS and key in self._held:
                        self._held[key] = now
