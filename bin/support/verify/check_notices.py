"""Every promotion of a subscribed student has one notice on each of the student's channels (design, section 4, rule 4).

How many promotions a student had is known from his lifecycle (check_lifecycles). Each has one event id, the same on
both channels, so ids are counted against promotions, and channels against each other.

A notice delivered twice is explained by a crash in one of two cases only: its consumer died between sending it and
recording that, or (e-mail) the mail server died between printing the mail and saying so. The relay or a service that
dies makes a second copy of the message, which the record in Redis catches; Redis writes its records to disk before it
answers, and a consumer does not let go of a message before it is recorded; a broker that dies sends the message
again, and the record or the consumer, which knows what it has in flight, catches that. So those explain nothing, and
neither do messages that are published twice, nor servers that cannot be reached (but for the mail server's reply).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise

from verify import columns
from verify.check_lifecycles import Lifecycle, Pair
from verify.history import Delivery, History, Kind, Violation

EXPLAINS = {"email": ("email_consumer", "aiosmtpd"), "webhook": ("webhook_consumer",)}
# From a delivery to the death that kept it from being recorded.
_LONGEST_S = 5.0
_READ_LATE_S = {"email": 1.0, "webhook": 0.0}  # a mail's arrival is read from a log


def promised(history: History, lifecycles: Mapping[Pair, Lifecycle]) -> int:
    """How many notices there must be at least."""
    return sum(
        lifecycles[pair].promotions[0] * len(channels)
        for pair, channels in history.subscriptions.items()
        if pair in lifecycles
    )


def missing(history: History, lifecycles: Mapping[Pair, Lifecycle]) -> list[Violation]:
    found = []
    for pair, ids_by_channel in _ids(history).items():
        channels = history.subscriptions.get(pair, frozenset())
        known = set().union(*ids_by_channel.values())
        untold = max(0, lifecycles[pair].promotions[0] - len(known)) if pair in lifecycles else 0
        for channel in sorted(channels):
            count = untold + len(known - ids_by_channel[channel])
            text = f"student {pair[0]}, class {pair[1]}, {channel}"
            found += [Violation(columns.MISSING, text, pair)] * count
    return found


def unasked(history: History, lifecycles: Mapping[Pair, Lifecycle]) -> list[Violation]:
    found = []
    for pair, ids_by_channel in _ids(history).items():
        channels = history.subscriptions.get(pair, frozenset())
        text = f"student {pair[0]}, class {pair[1]}"
        for channel, ids in ids_by_channel.items():
            if channel not in channels:
                found += [Violation(columns.UNASKED, f"{text}: not subscribed by {channel}", pair)] * len(ids)
        most = lifecycles[pair].promotions[1] if pair in lifecycles else 0
        known = set().union(*(ids_by_channel[channel] for channel in channels))
        text = f"{text}: {len(known)} events for at most {most} promotions"
        found += [Violation(columns.UNASKED, text, pair)] * max(0, len(known) - most)
    return found


def duplicates(history: History) -> tuple[list[Violation], int]:
    """Those that nothing explains, and the number of those explained by a crash."""
    arrived: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for delivery in history.deliveries:
        arrived[delivery.channel, delivery.event_id].append(delivery)
    found, explained = [], 0
    for (channel, event_id), deliveries in arrived.items():
        deliveries.sort(key=lambda delivery: delivery.at_s)
        for first, again in pairwise(deliveries):
            if _crashed_between(history, channel, first.at_s, again.at_s):
                explained += 1
            else:
                text = f"{channel} {event_id} at {first.at_s:.2f} s and at {again.at_s:.2f} s"
                found.append(Violation(columns.DUPLICATE, text, (first.student, first.class_id)))
    return found, explained


def subscriptions(history: History) -> list[Violation]:
    """What a student had subscribed to is listed at any time."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for student, class_id in history.subscriptions:
        wanted[student].add(class_id)
    return [
        Violation(columns.UNSUBSCRIBED, f"student {listing.student} at {listing.at_s:.2f} s, class {class_id}")
        for listing in history.listings
        for class_id in sorted((wanted[listing.student] | listing.added) - listing.class_ids)
    ] + [
        Violation(columns.UNSUBSCRIBED, f"student {listing.student} at {listing.at_s:.2f} s, class {class_id} is back")
        for listing in history.listings
        for class_id in sorted(listing.removed & listing.class_ids)
    ]


def counts(history: History) -> Counter[str]:
    return Counter(delivery.channel for delivery in history.deliveries)


def _ids(history: History) -> dict[Pair, dict[str, set[str]]]:
    ids: dict[Pair, dict[str, set[str]]] = {pair: defaultdict(set) for pair in history.subscriptions}
    for delivery in list(history.deliveries):
        pair = (delivery.student, delivery.class_id)
        ids.setdefault(pair, defaultdict(set))[delivery.channel].add(delivery.event_id)
    return ids


def _crashed_between(history: History, channel: str, first_s: float, again_s: float) -> bool:
    latest_s = min(again_s, first_s + _LONGEST_S)
    names = EXPLAINS[channel]
    earliest_s = first_s - _READ_LATE_S[channel]
    return any(
        (fault.kind is Kind.KILL and fault.process in names and earliest_s <= fault.at_s <= latest_s)
        or (fault.process == "aiosmtpd" and fault.process in names and fault.overlaps(earliest_s, latest_s))
        for fault in history.faults
    )
