"""Seats on offer: seen and answered by the student, logged in or by the link of a mail."""

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from enrollment.api import offer_schemas as replies
from enrollment.api.dependencies import CallerEmail, CallerName, ClassId, EnrollmentsDep, OffersDep, StudentId
from kit.errors import AppError, Unavailable
from kit.web.app import COMMON_PROBLEMS, problems

router = APIRouter(tags=["students"], responses=COMMON_PROBLEMS)

_NO_OFFER = problems(_404="No such class, or not on its waitlist", _409="No seat is offered, or no longer")
_PAGES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"text/html": {"schema": {"type": "string"}}}}
    for status, text in (
        (200, "A page"),
        (404, "A page that says that the link leads nowhere"),
        (409, "A page that says that the offer is answered, or its time is over"),
        (503, "A page that says that a store is away"),
    )
}
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
def show_offer(token: Token, offers: OffersDep) -> HTMLResponse:
    """The page behind the link of a mail. It changes nothing, so programs that follow links answer no offer."""
    try:
        section, until = offers.shown(token)
    except AppError as error:
        return _refused("No seat is on offer", error)
    name = f"{section.course_code} section {section.section_number}, {section.class_name}"
    return _page(200, "A seat is held for you", f"{name}, until {until}.", _forms(token))


@router.post("/offer/{token}/{answer}", summary="Answer An Offer", response_class=HTMLResponse, responses=_PAGES)
async def answer_offer(
    token: Token,
    answer: Annotated[replies.OfferAnswer, Path(description="what to do with it")],
    offers: OffersDep,
) -> HTMLResponse:
    """Accepts or declines, without a login. Good for one answer, until the offer ends."""
    try:
        await offers.answer(token, accepted=answer == "accept")
    except AppError as error:
        return _refused("That did not work", error)
    said = "You have the seat." if answer == "accept" else "You have left the line; the seat goes to the next."
    return _page(200, "Thank you", said)


def _forms(token: str) -> str:
    def form(answer: str, label: str) -> str:
        return f'<form method="post" action="/offer/{escape(token)}/{answer}"><button>{label}</button></form>'

    return form("accept", "Accept the seat") + form("decline", "Decline it and leave the line")


def _refused(heading: str, error: AppError) -> HTMLResponse:
    page = _page(error.status, heading, error.detail)
    if isinstance(error, Unavailable):
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page


def _page(status: int, heading: str, text: str, forms: str = "") -> HTMLResponse:
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Course enrollment</title>'
        '<meta name="viewport" content="width=device-width"><main>'
        f"<h1>{escape(heading)}</h1><p>{escape(text)}</p>{forms}"
        '<p><a href="/">To the enrollment page</a></p></main></html>'
    )
    policy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    return HTMLResponse(page, status, {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})
