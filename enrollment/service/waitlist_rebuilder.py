"""Makes the waitlist in Redis right again, from DynamoDB's truth, while the line may go on changing.

1. Remember the marks in Redis, and note there that a comparison has begun: should Redis be emptied or replaced from
   here on, marks may be lost, the note is missing, and all begins anew.
2. Raise the class's version (the fence): a change that was decided before, by a process that has died or sleeps, can
   not be committed any more. So what the marks stand for is in the class item that the fence returns, or never will
   be, however long its writer sleeps.
3. When Redis shows the line at that version, believe it: one write, whatever the length of the line.
4. Otherwise read the line, page by page, while others change it, and show what was read. It is a mixture of the
   versions before and after the reading; the changes between them, which their writers have handed to Redis, make it
   one version (rebuild.lua). So nobody waits for the line to stand still.

All requests for a line that is being rebuilt share the outcome.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.record import Record, State
from enrollment.domain.waitlist import Comparison, ServerReplaced
from enrollment.service.ports import FencedRosters, WaitlistComparisons
from kit import faults
from kit.concurrency import deadline
from kit.concurrency.single_flight import SingleFlight
from kit.errors import AppError, Unavailable

log = logging.getLogger(__name__)

AT_ONCE = 4  # lines
MOST_TRIES = 5
LONGEST_S = 60.0  # for one line; who waits for it leaves earlier


class WaitlistRebuilder:
    def __init__(self, rosters: FencedRosters, waitlists: WaitlistComparisons) -> None:
        self._rosters = rosters
        self._waitlists = waitlists
        self._flights: SingleFlight[int, bool] = SingleFlight(self._rebuild, AT_ONCE, "rebuild-waitlist")

    def rebuild(self, class_id: int) -> bool:
        """Show the line in Redis as DynamoDB has it; True if something else was shown.

        Raises ClassUnknown, Unavailable.
        """
        return self._flights.run(class_id)

    async def rebuilt(self, class_id: int, timeout_s: float) -> bool:
        """As `rebuild`, for the event loop."""
        return await self._flights.wait(class_id, timeout_s)

    def rebuild_soon(self, class_id: int) -> None:
        """As `rebuild`, without waiting for it."""
        self._flights.start(class_id).add_done_callback(lambda flight: _note(class_id, flight))

    def compare(self, class_id: int) -> bool:
        """As `rebuild`, but every student shown is compared, also where the version is right."""
        return self._until_done(class_id, self._compare_all)

    def _rebuild(self, class_id: int) -> bool:
        with deadline.until(time.monotonic() + LONGEST_S):
            return self._until_done(class_id, self._adopt)

    def _until_done(self, class_id: int, adopted: Callable[[Comparison, ClassSection], bool]) -> bool:
        """True when another line was shown. A few tries: each server that goes away meanwhile costs one."""
        for _ in range(MOST_TRIES):
            comparison = self._waitlists.open(class_id)
            faults.point("rebuild.opened")
            # Nothing that was decided before this can be committed any more.
            section = self._rosters.fence(class_id)
            if section.status is ClassStatus.REMOVING:
                raise ClassUnknown(class_id)
            faults.point("rebuild.fenced")
            try:
                return not adopted(comparison, section) and self._show(comparison, section)
            except ServerReplaced:
                log.warning("Redis was emptied or replaced while the waitlist of class %d was rebuilt", class_id)
        raise Unavailable(f"Redis is being replaced; the waitlist of class {class_id} is rebuilt afterwards")

    def _adopt(self, comparison: Comparison, section: ClassSection) -> bool:
        return self._waitlists.adopt(comparison, section)

    def _compare_all(self, comparison: Comparison, section: ClassSection) -> bool:
        shown = self._waitlists.with_sequence_numbers(section.class_id)
        waiting = self._waiting(section)
        return shown == [(r.student_id, r.sequence_number) for r in waiting] and self._adopt(comparison, section)

    def _waiting(self, section: ClassSection) -> Iterator[Record]:
        """A pause that begins while this is read changes the line after the version it is shown at."""
        return self._rosters.students(section.class_id, State.WAITLISTED, all_in_turn=section.all_in_turn)

    def _show(self, comparison: Comparison, section: ClassSection) -> bool:
        waiting = list(self._waiting(section)) if section.current_waitlist else []
        after = self._rosters.require_section(section.class_id).line_version
        faults.point("rebuild.read")
        return self._waitlists.rebuild(comparison, section, after, waiting)


def _note(class_id: int, flight: "Future[bool]") -> None:
    if isinstance(error := flight.exception(), AppError):
        log.warning("waitlist cache of class %d is stale; it will be rebuilt: %s", class_id, error)
    elif error:
        log.error("waitlist cache of class %d is stale; it will be rebuilt", class_id, exc_info=error)
