"""Offers as a student meets them who follows the link of a mail."""

from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import ClassUnknown, NoOffer
from enrollment.domain.moments import in_words
from enrollment.domain.offer_links import OfferLinks
from enrollment.domain.record import Record
from enrollment.service.enrollments import Enrollments
from enrollment.service.ports import StudentRecords


class Offers:
    def __init__(self, links: OfferLinks, rosters: StudentRecords, enrollments: Enrollments) -> None:
        self._links = links
        self._rosters = rosters
        self._enrollments = enrollments

    def to(self, student_id: int) -> list[tuple[ClassSection, Record]]:
        """What is offered to the student, by class id. Raises Unavailable."""
        class_ids = sorted(self._rosters.classes_waited_for(student_id))
        found = self._rosters.in_classes(student_id, class_ids)
        offered = ((section, record) for section, record in found if record.offered_until_s)
        return [(section, record) for section, record in offered if section.status is not ClassStatus.REMOVING]

    def shown(self, token: str) -> tuple[ClassSection, str]:
        """The class and until when its seat is held. Raises OfferLinkUnknown, NoOffer, ClassUnknown, Unavailable."""
        claim = self._links.require(token)
        record = self._rosters.record(claim.class_id, claim.student_id)
        if record is None or record.offered_until_s != claim.until_s:
            raise NoOffer(claim.student_id, claim.class_id)
        return self._existing(claim.class_id), in_words(claim.until_s)

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
