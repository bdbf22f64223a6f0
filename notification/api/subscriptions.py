"""The HTTP routes: read the request, ask the service, word the reply."""

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request
from starlette.convertors import PathConvertor, register_url_convertor

from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS, as_asked, links, problems
from kit.web.wired import wired
from notification.api.parameters import Channels, ClassId, Email, ProxyUrl, StudentId, StudentName, WebhookFormat
from notification.api.schemas import Resumed, Subscribed, SubscriptionList, SubscriptionShown, Unsubscribed
from notification.service.subscriptions import SubscriptionService, Wishes

router = APIRouter(tags=["subscriptions"], responses=COMMON_PROBLEMS)

_NO_SUCH_CLASS = problems(_404="There is no such class")
_LINKS = links(list_subscriptions=as_asked("studentid"), unsubscribe=as_asked("studentid", "classid"))

# Of POST /subscribe/{studentid}/{classid}/{username}/{email}/{proxyURL}.
CALLBACK_URL_FOLLOWS = re.compile(rb"/subscribe(?:/[^/]*){4}/")


class _RestConvertor(PathConvertor):
    """The rest of the path, line breaks too: those are refused with a reason (422), not with "no such route"."""

    regex = "(?s:.*)"


register_url_convertor("rest", _RestConvertor())


Service = Annotated[SubscriptionService, Depends(wired("service"))]


def _as_sent(request: Request, proxy_url: str) -> str:
    """The parameter with what a caller's unencoded `?` cut off it: such a URL's query arrives as the request's own."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{proxy_url}?{query}" if query else proxy_url


@router.post(
    "/subscribe/{studentid}/{classid}/{username}/{email}/{proxyURL:rest}",
    summary="Subscribe To Notification",
    responses=_NO_SUCH_CLASS | _LINKS,
)
def subscribe(
    request: Request,
    service: Service,
    studentid: StudentId,
    classid: ClassId,
    username: StudentName,
    email: Email,
    proxyURL: ProxyUrl,  # noqa: N803 - fixed by the contract
) -> Subscribed:
    """API for students to subscribe to enrollment notifications, by e-mail and webhook.

    Write the URL percent-encoded (`https%3A%2F%2Fsmee.io%2F…`): on this page, where it is encoded once more on its
    way, as well as with curl. `%2F%2Fsmee.io%2F…`, without a scheme, means https. A subscription to the same class
    is replaced.

    Returns: A json with a message indicating the student's subscription status.
    """
    service.subscribe(studentid, classid, email, _as_sent(request, proxyURL))
    return Subscribed(message=f"Subscribed to ClassID {classid}")


@router.post(
    "/subscribe/{studentid}/{classid}",
    summary="Subscribe To Notification, by e-mail, webhook or both",
    responses=_NO_SUCH_CLASS | BODY_PROBLEMS | _LINKS,
)
def subscribe_with_body(
    service: Service,
    studentid: StudentId,
    classid: ClassId,
    channels: Channels,
    format: WebhookFormat = None,  # noqa: A002 - the contract's word
) -> Subscribed:
    """The same with a JSON body, in which either channel may be left out, but not both.

    Returns: A json with a message indicating the student's subscription status.
    """
    wishes = Wishes(channels.language, format if format == "event" else None)
    service.subscribe(studentid, classid, channels.email, channels.proxyURL, wishes)
    return Subscribed(message=f"Subscribed to ClassID {classid}")


@router.get("/subscribe/list/{studentid}", summary="List Subscriptions")
def list_subscriptions(service: Service, studentid: StudentId) -> SubscriptionList:
    """API to list all enrollment notification subscriptions for a student.

    Returns: A list of class-id's student is subscribed to.
    """
    return SubscriptionList(subscriptions=[str(class_id) for class_id in service.class_ids(studentid)])


@router.get(
    "/subscription/{studentid}/{classid}",
    summary="Show A Subscription",
    responses=problems(_404="The student is not subscribed to this class"),
)
def show_subscription(service: Service, studentid: StudentId, classid: ClassId) -> SubscriptionShown:
    """API for students to see where notifications of a class go: what is null is not used.

    Returns: A json with the e-mail address and the URL, as they were given.
    """
    held = service.subscription(studentid, classid)
    return SubscriptionShown(
        email=held.email,
        proxyURL=held.proxy and unquote(held.proxy),
        language=held.language or "en",
        format=held.webhook_format or "message",
    )


@router.post(
    "/subscribe/{studentid}/{classid}/resume",
    summary="Resume Webhooks",
    responses=problems(_404="The student is not subscribed to this class") | _LINKS,
)
def resume(service: Service, studentid: StudentId, classid: ClassId) -> Resumed:
    """API for students to have webhooks sent again to a URL where they failed for five days.

    Such a URL is paused, and the student told by mail. What was not sent meanwhile can be sent again, see the list of
    deliveries. Where nothing is paused, nothing changes; subscribing again resumes, too.

    Returns: A json with a message that webhooks are sent.
    """
    service.resume(studentid, classid)
    return Resumed(message=f"Webhooks for ClassID {classid} are sent")


@router.delete(
    "/subscribe/remove/{studentid}/{classid}",
    summary="Unsubscribe From Notification",
    responses=problems(_404="The student is not subscribed to this class"),
)
def unsubscribe(service: Service, studentid: StudentId, classid: ClassId) -> Unsubscribed:
    """API for students to unsubscribe from getting notifications for a specific class.

    Returns: A json with a message indicating the unsubscription status.
    """
    service.unsubscribe(studentid, classid)
    return Unsubscribed(message=f"Unsubscribed from ClassID {classid}")
