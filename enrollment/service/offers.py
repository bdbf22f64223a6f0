"""Offers as a student meets them who follows the link of a mail."""

from contextlib import suppress

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
        found = []
        for class_id in self._rosters.classes_waited_for(student_id):
            record = self._rosters.record(class_id, student_id)
            if record and record.offered_until_s:
                with suppress(ClassUnknown):  # removed just now: the other offers stand
                    found.append((self._existing(class_id), record))
        return found

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
