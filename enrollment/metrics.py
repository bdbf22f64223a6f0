"""Metrics of the enrollment service and its background processes, beside their requests (kit.observability.metrics)."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

from prometheus_client import Counter, Gauge, Histogram

from enrollment.domain.record import Seated, Waiting
from kit.errors import AppError

P = ParamSpec("P")

ENROLLMENTS = Counter(
    "enrollment_outcomes",
    "Requests to enroll: seated, waitlisted, or refused with the reason's name",
    ("outcome", "reason"),
)
PROMOTIONS = Counter("enrollment_promotions", "Students moved from a line into a seat")
BATCH_SIZES = Histogram(
    "enrollment_commit_batch_size",
    "Requests decided together by one group commit",
    buckets=(0, 1, 2, 4, 8, 16, 24),
)
CONFLICTS = Counter("enrollment_commit_conflicts", "commits tried again because another process was faster")
TURNS_MISSED = Counter("enrollment_turns_missed", "Batches begun without their turn, which took too long to come")

WAITING_REQUESTS = Gauge("position_requests_waiting", "Requests that wait for a line to move (Prefer: wait)")

LIST_READ_UNITS = Counter(
    "class_list_read_units", "DynamoDB read units spent on the list of classes; one instance reads for all"
)

OUTBOX_PENDING = Gauge("outbox_pending_events", "Events in the outbox that the broker has not confirmed")
OUTBOX_AGE = Gauge("outbox_oldest_event_age_seconds", "Age of the oldest event in the outbox, 0 when it is empty")
RELAYED = Counter("outbox_relayed_events", "Events the relay published because their request could not")
COMPARED = Counter("reconciler_compared", "Classes that the reconciler looked at")
REPAIRS = Counter("reconciler_repairs", "What the reconciler found wrong and repaired", ("what",))
for _what in ("line", "removal", "seats"):
    REPAIRS.labels(_what)  # shown from the start, as 0


def counted(enroll: Callable[P, Awaitable[Seated | Waiting]]) -> Callable[P, Awaitable[Seated | Waiting]]:
    """Enrolling, with its outcome counted."""

    @wraps(enroll)
    async def counting(*args: P.args, **kwargs: P.kwargs) -> Seated | Waiting:
        try:
            done = await enroll(*args, **kwargs)
        except AppError as refusal:
            ENROLLMENTS.labels("refused", type(refusal).__name__).inc()
            raise
        ENROLLMENTS.labels("seated" if isinstance(done, Seated) else "waitlisted", "").inc()
        return done

    return counting
