"""What users publishes for the e-mail consumer: mails about an account, straight into the queue of mails.

Nobody else hears of them: they hold a link that is good for whoever has it.
"""

import json
import uuid
from typing import Literal

TYPE = "account.mail"

Purpose = Literal["reset", "verify"]


def body(
    *, user_id: int, username: str, email: str, purpose: Purpose, link: str, valid_until: str, language: str, now: str
) -> tuple[str, bytes]:
    """The event's id and body (etc/schemas/account.mail.json). Times are RFC 3339 in UTC."""
    event = {
        "id": str(uuid.uuid4()),
        "type": TYPE,
        "occurred_at": now,
        "student_id": user_id,
        "class_id": 0,
        "message": _SENTENCES[purpose].format(username),
        "email": email,
        "proxy_url": None,
        "language": language,
        "username": username,
        "purpose": purpose,
        "link": link,
        "valid_until": valid_until,
    }
    return str(event["id"]), json.dumps(event).encode()


_SENTENCES: dict[Purpose, str] = {
    "reset": "Somebody, you perhaps, asked for a new password for the account {}. If it was not you, ignore this mail.",
    "verify": "Somebody, you perhaps, says that this is the address of the account {}. If it is not, ignore this mail.",
}
