"""Seats on offer: seen and answered by the student, logged in or by the link of a mail."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from enrollment.api import offer_pages
from enrollment.api import offer_schemas as replies
from enrollment.api.dependencies import CallerEmail, CallerName, ClassId, EnrollmentsDep, OffersDep, StudentId
from kit.errors import AppError
from kit.web.app import COMMON_PROBLEMS, problems
from kit.web.mail_pages import ReaderLanguage, pages

router = APIRouter(tags=["students"], responses=COMMON_PROBLEMS)

_NO_OFFER = problems(_404="No such class, or not on its waitlist", _409="No seat is offered, or no longer")
_PAGES = pages(
    _200="A page",
    _404="A page that says that the link leads nowhere",
    _409="A page that says that the offer is answered, or its time is over",
    _503="A page that says that a store is away",
)
Token = Annotated[str, Path(description="the end of the link in a mail", max_length=120, pattern=r"^[0-9A-Za-z._-]+$")]


@router.get("/offers/{studentid}/{username}/{email}", summary="View My Offers")
def offers_of_student(
    studentid: StudentId, username: CallerName, email: CallerEmail, offers: OffersDep
) -> replies.OfferList:
    """The seats that are held for the student, by class id; an empty list if none."""
    return replies.OfferList(offers=[replies.Offer.of(*found) for found in offers.to(studentid)])


@router.post(
    "/offer/{studentid}/{classid}/accept/{username}/{email}", summary="Accept An Offered Seat", responses=_NO_OFFER
)
async def accept_offer(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: EnrollmentsDep
) -> replies.OfferAnswered:
    """Takes the seat. A seat in another class that was to be swapped for it is given up at the same moment."""
    await enrollments.accept(studentid, classid)
    return replies.OfferAnswered(message="Seat accepted", class_id=classid, enrolled=True)


@router.post(
    "/offer/{studentid}/{classid}/decline/{username}/{email}", summary="Decline An Offered Seat", responses=_NO_OFFER
)
async def decline_offer(
    studentid: StudentId, classid: ClassId, username: CallerName, email: CallerEmail, enrollments: EnrollmentsDep
) -> replies.OfferAnswered:
    """Leaves the line; the seat is offered to the next."""
    await enrollments.decline(studentid, classid)
    return replies.OfferAnswered(message="Seat declined", class_id=classid, enrolled=False)


@router.get("/offer/{token}", summary="Show An Offer", response_class=HTMLResponse, responses=_PAGES)
def show_offer(token: Token, language: ReaderLanguage, offers: OffersDep) -> HTMLResponse:
    """The page behind the link of a mail. It changes nothing, so programs that follow links answer no offer."""
    try:
        return offer_pages.shown(language, token, offers.shown(token))
    except AppError as error:
        return offer_pages.refused(language, token, error)


@router.post("/offer/{token}/{answer}", summary="Answer An Offer", response_class=HTMLResponse, responses=_PAGES)
async def answer_offer(
    token: Token,
    answer: Annotated[replies.OfferAnswer, Path(description="what to do with it")],
    language: ReaderLanguage,
    offers: OffersDep,
) -> HTMLResponse:
    """Accepts or declines, without a login. Good for one answer, until the offer ends."""
    try:
        await offers.answer(token, accepted=answer == "accept")
    except AppError as error:
        return offer_pages.refused(language, token, error)
    return offer_pages.answered(language, accepted=answer == "accept")
