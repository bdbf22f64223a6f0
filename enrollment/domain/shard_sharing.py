"""How relays share the shards of the outbox: each the same number, and those of a dead one go to the others. Pure."""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Move:
    """One relay's next step; `take` maps each shard to the owner it is taken from, None for a free one."""

    take: Mapping[int, str | None]
    release: list[int]


def next_move(owners: Mapping[int, str], alive: Collection[str], me: str, shards: int) -> Move:
    """Towards equal shares. `alive` are the relays that were heard of lately, beside me.

    Nobody takes what a living relay has; a relay with more than its share lets go of the rest, for others to take.
    """
    share = -(-shards // len({*alive, me}))
    mine = sorted(shard for shard, owner in owners.items() if owner == me)
    if len(mine) > share:
        return Move({}, mine[share:])
    free = [shard for shard in range(shards) if owners.get(shard) not in (*alive, me)]
    # Not all begin with the same shard: who comes first takes it, and the others have asked in vain.
    start = zlib.crc32(me.encode()) % shards
    free.sort(key=lambda shard: (shard - start) % shards)
    return Move({shard: owners.get(shard) for shard in free[: share - len(mine)]}, [])
