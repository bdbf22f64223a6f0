"""What the requests of a rush cost DynamoDB, and what its tables have to take at once because of that.

Request units by table, or index, as `tests/integration/ops/test_least_privilege.py` measures them on DynamoDB Local:
reads and writes of one request that shares its transaction with no other. A group commit (up to 24 requests of one
class) pays for class and history once. An item that is not there costs a read on AWS, and none on DynamoDB Local: here
it costs one.
"""

Units = dict[str, tuple[int, int]]

_ENROLL: Units = {
    "classes": (1, 2),
    "enrollments": (1, 4),  # the record, and the local index `by-standing`, which shares the table's throughput
    "enrollments/by-student": (0, 2),
    "history": (0, 2),
    "idempotency-keys": (1, 2),  # with a key, as the page sends one
    "keys": (0, 1),  # the id; under load a block of up to 128 for the same
}
COST: dict[str, Units] = {
    "login": {"Accounts": (1, 0), "SignInTries": (1, 2)},
    "enroll": _ENROLL,
    "wait": {**_ENROLL, "enrollments/by-waiting-student": (0, 2)},
    # With a promotion of who is not subscribed; of who is, two more write the event to the outbox, and one deletes it.
    "drop": {
        "classes": (1, 2),
        "enrollments": (2, 12),  # two records, each of which leaves one place in the local index for another
        "enrollments/by-waiting-student": (0, 2),
        "history": (0, 2),
        "subscriptions": (1, 0),
    },
}
# A second, at the height of the day that etc/capacity.md describes.
PEAK = {"login": 5_900, "enroll": 18_200, "wait": 4_600}
MARGIN = 1.25
OF_ONE_ITEM = {"keys"}  # what blocks of ids spare


def needed(place: str) -> tuple[int, int]:
    """Read and write units a second of a table or index at that height, with a margin, in thousands."""
    if place in OF_ONE_ITEM:
        return 0, 0
    reads, writes = (
        sum(rate * COST[kind].get(place, (0, 0))[side] for kind, rate in PEAK.items()) * MARGIN for side in (0, 1)
    )
    return _in_thousands(reads), _in_thousands(writes)


def _in_thousands(units: float) -> int:
    return -int(-units // 1000) * 1000
