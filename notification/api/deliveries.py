"""The HTTP routes about deliveries and test notices: read the request, ask, word the reply."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from kit.web.app import COMMON_PROBLEMS, as_asked, links, problems
from kit.web.unchanged import UNCHANGED, IfNoneMatch, unless_unchanged
from kit.web.wired import wired
from notification.api.delivery_schemas import DeliveryList, DeliveryReply, Redelivering, Tested, TestedChannel
from notification.api.parameters import ClassId, StudentId
from notification.domain.delivery import ID_PATTERN
from notification.service.deliveries import Deliveries
from notification.service.event_tester import EventTester

router = APIRouter(tags=["deliveries"], responses=COMMON_PROBLEMS)


Service = Annotated[Deliveries, Depends(wired("deliveries"))]
Tests = Annotated[EventTester, Depends(wired("event_tester"))]
After = Annotated[
    str | None,
    Query(
        pattern=ID_PATTERN,
        description="`next_page` of the page before; without it the newest are listed.",
        examples=["0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f-webhook"],
    ),
]

DeliveryId = Annotated[
    str,
    Path(
        pattern=ID_PATTERN,
        description="The delivery's ID, as listed.",
        examples=["0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f-webhook"],
    ),
]

_LINKS = links(redeliver={"studentid": "$request.path.studentid", "id": "$response.body#/deliveries/0/id"})
_UNKNOWN = problems(_404="Nothing with this id was sent to this student")
_NOT_SUBSCRIBED = problems(_404="The student is not subscribed to this class")
_PAUSED = problems(_409="Webhooks to this URL are paused; `detail` says how to resume them")
_TOO_OFTEN = problems(_429="Asked for too often by this student; `Retry-After` says when the next is done")


@router.get(
    "/deliveries/{studentid}",
    summary="List Deliveries",
    response_model=DeliveryList,
    responses=_LINKS | UNCHANGED,
)
def list_deliveries(
    service: Service, studentid: StudentId, page: After = None, if_none_match: IfNoneMatch = None
) -> Response:
    """API for students to see what was sent to them, over which channel, and how each attempt went.

    Twenty a page, newest first. Kept for 30 days, the newest 200 of each student. Addresses and URLs are shortened.

    Returns: A list of deliveries, each with its attempts, and what to ask for to see older ones.
    """
    found = service.page(studentid, page)
    deliveries = [DeliveryReply.of(one, service.target(one)) for one in found.deliveries]
    listed = DeliveryList(deliveries=deliveries, next_page=found.next)
    return unless_unchanged(listed, if_none_match)


@router.post(
    "/deliveries/{studentid}/{id}/redeliver",
    summary="Send Again",
    responses=_UNKNOWN | _PAUSED | _TOO_OFTEN | links(list_deliveries=as_asked("studentid")),
)
def redeliver(service: Service, studentid: StudentId, id: DeliveryId) -> Redelivering:  # noqa: A002 - as in the path
    """API for students to have a notice sent once more to where it went, whether it arrived or not.

    A few times a minute. What comes of it is added to the attempts in the list of deliveries.

    Returns: A json with a message that says it is on its way.
    """
    service.redeliver(studentid, id)
    return Redelivering(message=f"Sending {id} again; the list of deliveries will show what came of it")


@router.post(
    "/subscribe/{studentid}/{classid}/test",
    summary="Send A Test Notice",
    responses=_NOT_SUBSCRIBED | _TOO_OFTEN,
)
def try_subscription(event_tester: Tests, studentid: StudentId, classid: ClassId) -> Tested:
    """API for students to have a notice sent now that says it is a test, to each channel of a subscription.

    It waits for what comes back, 8 seconds at most. A few times a minute. It is not retried, and not among the
    deliveries. A mail server's 250 means that it took the mail, which may still be lost on its further way.

    Returns: For each channel whether it was delivered, the status, how long it took, and the error.
    """
    results = [TestedChannel.of(one) for one in event_tester.run(studentid, classid)]
    delivered = sum(one.delivered for one in results)
    return Tested(message=f"Test notice delivered to {delivered} of {len(results)} channels", results=results)
