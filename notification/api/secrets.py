"""The HTTP routes about the secret that a student's webhooks are signed with."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from kit.web.app import COMMON_PROBLEMS
from kit.web.wired import wired
from notification.adapters.webhook_secrets import WebhookSecrets
from notification.api.parameters import StudentId
from notification.api.schemas import WebhookSecret

router = APIRouter(tags=["webhook signatures"], responses=COMMON_PROBLEMS)


Secrets = Annotated[WebhookSecrets, Depends(wired("secrets"))]


@router.get("/subscribe/secret/{studentid}", summary="Get The Webhook Secret")
def webhook_secret(secrets: Secrets, studentid: StudentId, response: Response) -> WebhookSecret:
    """API for students to get the secret their webhooks are signed with, by Standard Webhooks 1.0.

    Give it to a Standard Webhooks library, and it tells genuine webhooks from forged and replayed ones. All webhooks
    of a student are signed with the same secret. It is made when it is first needed.

    Returns: A json with the secret.
    """
    response.headers["Cache-Control"] = "no-store"
    return WebhookSecret.of(secrets.of(studentid))


@router.post("/subscribe/secret/{studentid}/rotate", summary="Rotate The Webhook Secret")
def rotate_webhook_secret(secrets: Secrets, studentid: StudentId, response: Response) -> WebhookSecret:
    """API for students to get a new secret, because the old one got known or old.

    For 24 hours webhooks carry signatures by both, so the receiver can change over at any moment of them.

    Returns: A json with the new secret.
    """
    response.headers["Cache-Control"] = "no-store"
    return WebhookSecret.of(secrets.rotate(studentid))
