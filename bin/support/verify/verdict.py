"""All checks together: from a History to the columns that must be zero, and how much they rest on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from verify import check_lifecycles, check_notices, check_order, check_positions, check_stores, columns
from verify.history import AIM_S, BOUND_S, History, Kind, Said, SlowReply, Violation


@dataclass
class Verdict:
    """`explained`: duplicates explained by a crash. `grounds`: how often there was something to be judged."""

    violations: list[Violation]
    explained: int
    grounds: dict[str, str]
    missing_is_final: bool = True
    columns: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        counted = Counter(violation.column for violation in self.violations)
        self.columns = {column: counted[column] for column in columns.ALL}

    @property
    def clean(self) -> bool:
        return not self.violations


def judge(history: History, at_rest: Iterable[Violation] = (), *, missing_is_final: bool = True) -> Verdict:
    """`missing_is_final` is False when nobody waited for the notices: then none is missing, some are only late."""
    lifecycles = check_lifecycles.lifecycles_of(history)
    duplicates, explained = check_notices.duplicates(history)
    missing = check_notices.missing(history, lifecycles) if missing_is_final else []
    violations = [
        *check_stores.check(history),
        *check_lifecycles.check(lifecycles.values()),
        *check_order.check(history),
        *missing,
        *check_notices.unasked(history, lifecycles),
        *duplicates,
        *check_positions.check(history),
        *check_notices.subscriptions(history),
        *_services(history),
        *at_rest,
    ]
    said = Counter(answer.said for answer in history.answers)
    promised = check_notices.promised(history, lifecycles)
    looks = f"{len(history.snapshots)} looks at the stores"
    grounds = {
        columns.OVER_CAPACITY: looks,
        columns.LOST: f"{said[Said.JOINED]} were told that they wait",
        columns.OVERTAKEN: f"{sum(lifecycle.promotions[0] for lifecycle in lifecycles.values())} promotions",
        columns.OFFER: f"{_listed(history.offers)}; {len(history.offer_looks)} looks",
        columns.NOT_ONCE: _listed(history.replays),
        columns.SWAP: f"{history.swaps} seats seen swapped; {history.swap_looks} looks",
        columns.SECTIONS: f"{_listed(history.sections)}; {len(history.course_looks)} looks",
        columns.NOT_LINEARIZABLE: f"{history.parts.total()} parts, {history.parts['Unknown']} not decided in time",
        columns.MISSING: f"at least {promised} had to come",
        columns.DUPLICATE: f"{len(history.deliveries)} came; {explained} twice, explained by a crash",
        columns.STALE: f"{said[Said.NOT_MODIFIED]} 304s to {said[Said.NOT_MODIFIED] + said[Said.POSITION]} refreshes",
        columns.CONTRADICTION: f"{len(history.answers)} replies",
        columns.UNSUBSCRIBED: f"{len(history.listings)} lists",
        columns.SLOW: f"{len(_late(history))} after more than {AIM_S:.0f} s, "
        f"{len(history.slow_replies) - len(_late(history))} of frozen services; the worst {_worst(history)}",
        columns.NOT_RECOVERED: f"{len(history.faults)} faults",
    }
    return Verdict(violations, explained, grounds, missing_is_final)


def _services(history: History) -> list[Violation]:
    found = [Violation(columns.FAILURE, text) for text in history.other_failures]
    found += [
        Violation(columns.NO_REPLY, f"{lost.text} at {lost.began_s:.2f} s")
        for lost in history.lost_replies
        if not history.fault_during(lost.processes, lost.began_s - 1.0, lost.ended_s)
    ]
    found += [
        Violation(columns.SLOW, f"{slow.text} after {slow.ended_s - slow.began_s:.1f} s, asked at {slow.began_s:.2f} s")
        for slow in _late(history)
        if slow.ended_s - slow.began_s > BOUND_S
    ]
    found += [Violation(columns.REFUSED, text) for text in history.refused_tokens]
    found += [Violation(columns.NOT_ONCE, text) for text in history.not_once]
    found += [Violation(columns.CONTRADICTION, text) for text in history.strange]
    found += [
        Violation(columns.NOT_RECOVERED, f"{fault.process}, {fault.kind} at {fault.at_s:.2f} s")
        for fault in history.faults
        if fault.recovered_s is None
    ]
    return found


def _late(history: History) -> list[SlowReply]:
    """Those after more than AIM_S, but for a gateway's or a service's that was frozen: that answers nobody."""
    return [
        slow
        for slow in history.slow_replies
        if not history.fault_during(slow.processes, slow.began_s, slow.ended_s, [Kind.STOP])
    ]


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counted.items())) or "none"


def _worst(history: History) -> str:
    seconds, text = history.worst_reply
    return f"after {seconds:.1f} s ({text})" if text else "at once"
