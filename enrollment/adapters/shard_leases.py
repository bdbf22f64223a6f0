"""Which relay has which shard of the outbox, so that each is looked through by one.

One item of the table `keys`, Key "outbox:leases": `Shard<n>` (S) is the owner of a shard, `Beat-<owner>` (N) counts on
while that relay lives. Every change is a conditional write. A relay whose count stands still for DEAD_AFTER_S, by the
watch of the one who looks, is dead: its shards are taken. No two clocks are compared.

An owner that slept may still publish when its shard was taken: the events have one id, and the consumers notice.
"""

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from enrollment.adapters.tables import OUTBOX_SHARDS, Tables
from enrollment.domain.shard_sharing import Move, next_move
from kit.stores.dynamo import Item, condition_failed, number, text, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

DEAD_AFTER_S = 3.0
_KEY = {"Key": text("outbox:leases")}


class ShardLeases:
    """Of one relay; for one thread. Both methods raise Unavailable."""

    def __init__(
        self,
        client: "DynamoDBClient",
        tables: Tables,
        owner: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = tables.keys
        self._owner = owner or uuid.uuid4().hex[:8]
        self._clock = clock
        self._seen: dict[str, tuple[str, float]] = {}  # relay → its count, and since when it is that

    def renew(self) -> list[int]:
        """Say that we live, and take what is ours to take; the shards that are ours now. To be called each second."""
        item = self._update("ADD #beat :one", {"#beat": f"Beat-{self._owner}"}, {":one": number(1)})
        alive, dead = self._alive(item)
        owners = _owners(item)
        move = next_move(owners, alive, self._owner, OUTBOX_SHARDS)
        if move.take or move.release or dead:
            try:
                owners = _owners(self._apply(move, dead))
            except ClientError as error:  # somebody else was faster: so it stays as it was until the next second
                if not condition_failed(error):
                    raise
        return sorted(shard for shard, owner in owners.items() if owner == self._owner)

    def release(self) -> None:
        """Let go of everything, for others to take at once."""
        with translated():
            reply = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        mine = [shard for shard, owner in _owners(reply.get("Item", {})).items() if owner == self._owner]
        try:
            self._apply(Move({}, mine), [self._owner])
        except ClientError as error:
            if not condition_failed(error):
                raise

    def _alive(self, item: Item) -> tuple[list[str], list[str]]:
        """The other relays that live, and those that are dead."""
        now = self._clock()
        beats = {name.removeprefix("Beat-"): value["N"] for name, value in item.items() if name.startswith("Beat-")}
        self._seen = {
            relay: seen if (seen := self._seen.get(relay, (beat, now)))[0] == beat else (beat, now)
            for relay, beat in beats.items()
            if relay != self._owner
        }
        dead = [relay for relay, (_, since) in self._seen.items() if now - since >= DEAD_AFTER_S]
        return [relay for relay in self._seen if relay not in dead], dead

    def _apply(self, move: Move, gone: list[str]) -> Item:
        names = {f"#s{shard}": f"Shard{shard}" for shard in (*move.take, *move.release)}
        names |= {f"#b{place}": f"Beat-{relay}" for place, relay in enumerate(gone)}
        values: Item = {":me": text(self._owner)} if move.take or move.release else {}
        conditions = []
        for shard, owner in move.take.items():
            if owner is None:
                conditions.append(f"attribute_not_exists(#s{shard})")
            else:
                values[f":s{shard}"] = text(owner)
                conditions.append(f"#s{shard} = :s{shard}")
        conditions += [f"#s{shard} = :me" for shard in move.release]
        sets = ", ".join(f"#s{shard} = :me" for shard in move.take)
        removes = ", ".join([f"#s{shard}" for shard in move.release] + [f"#b{place}" for place in range(len(gone))])
        update = " ".join([f"SET {sets}"] * bool(sets) + [f"REMOVE {removes}"] * bool(removes))
        return self._update(update, names, values, " AND ".join(conditions)) if update else {}

    def _update(self, update: str, names: dict[str, str], values: Item, condition: str = "") -> Item:
        request: dict[str, Any] = {"UpdateExpression": update, "ExpressionAttributeNames": names}
        if values:
            request["ExpressionAttributeValues"] = values
        if condition:
            request["ConditionExpression"] = condition
        with translated():
            reply = self._client.update_item(TableName=self._table, Key=_KEY, ReturnValues="ALL_NEW", **request)
        found: Item = reply.get("Attributes", {})
        return found


def _owners(item: Item) -> dict[int, str]:
    return {int(name[5:]): value["S"] for name, value in item.items() if name.startswith("Shard")}
