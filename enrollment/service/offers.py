"""Offers as a student meets them who follows the link of a mail."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import ClassUnknown, NoOffer
from enrollment.domain.offer_links import OfferLinks
from enrollment.domain.record import Record, State
from enrollment.service.enrollments import Enrollments
from enrollment.service.ports import StudentRecords


@dataclass(frozen=True)
class ShownOffer:
    """`given_up` is the class whose seat the student loses by accepting, if any."""

    section: ClassSection
    until: datetime
    given_up: ClassSection | None


class Offers:
    """`zone`: of the times that students read."""

    def __init__(self, links: OfferLinks, rosters: StudentRecords, enrollments: Enrollments, zone: tzinfo) -> None:
        self._links = links
        self._rosters = rosters
        self._enrollments = enrollments
        self._zone = zone

    def to(self, student_id: int) -> list[tuple[ClassSection, Record]]:
        """The student's offers, by class id. Raises Unavailable."""
        class_ids = sorted(self._rosters.classes_waited_for(student_id))
        found = self._rosters.in_classes(student_id, class_ids)
        offered = ((section, record) for section, record in found if record.offered_until_s)
        return [(section, record) for section, record in offered if section.status is not ClassStatus.REMOVING]

    def shown(self, token: str) -> ShownOffer:
        """Raises OfferLinkUnknown, NoOffer, ClassUnknown, Unavailable."""
        claim = self._links.require(token)
        record = self._rosters.record(claim.class_id, claim.student_id)
        if record is None or record.offered_until_s != claim.until_s:
            raise NoOffer(claim.student_id, claim.class_id)
        until = datetime.fromtimestamp(claim.until_s, self._zone)
        return ShownOffer(self._existing(claim.class_id), until, self._given_up(record))

    def _given_up(self, record: Record) -> ClassSection | None:
        seats = self._rosters.in_classes(record.student_id, [record.swap_from] if record.swap_from else [])
        return next((section for section, held in seats if held.state is State.ENROLLED), None)

    async def answer(self, token: str, *, accepted: bool) -> None:
        """Raises OfferLinkUnknown, what Roster.accept and Roster.decline raise, and Unavailable."""
        claim = self._links.require(token)
        act = self._enrollments.accept if accepted else self._enrollments.decline
        await act(claim.student_id, claim.class_id, claim.until_s)

    def _existing(self, class_id: int) -> ClassSection:
        """Raises ClassUnknown, also of a class that is being removed: its offers cannot be accepted any more."""
        section = self._rosters.require_section(class_id)
        if section.status is ClassStatus.REMOVING:
            raise ClassUnknown(class_id)
        return section
