"""The HTTP routes about deliveries: read the request, ask, word the reply."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request

from kit.web import COMMON_PROBLEMS
from notification.deliveries import Deliveries
from notification.delivery_replies import DeliveryList, DeliveryReply
from notification.domain.delivery import ID_PATTERN
from notification.requests import StudentId

router = APIRouter(tags=["deliveries"], responses=COMMON_PROBLEMS)


def _deliveries(request: Request) -> Deliveries:
    return cast("Deliveries", request.app.state.deliveries)


Service = Annotated[Deliveries, Depends(_deliveries)]
After = Annotated[
    str | None,
    Query(
        pattern=ID_PATTERN,
        description="`next_page` of the page before; without it the newest are listed.",
        examples=["0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f-webhook"],
    ),
]


@router.get("/deliveries/{studentid}", summary="List Deliveries")
def list_deliveries(service: Service, studentid: StudentId, page: After = None) -> DeliveryList:
    """API for students to see what was sent to them, over which channel, and how each attempt went.

    Twenty a page, newest first. Kept for 30 days, the newest 200 of each student. Addresses and URLs are shortened.

    Returns: A list of deliveries, each with its attempts, and what to ask for to see older ones.
    """
    found = service.page(studentid, page)
    return DeliveryList(deliveries=[DeliveryReply.of(one) for one in found.deliveries], next_page=found.next)
