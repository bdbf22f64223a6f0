"""What students do beside the classes: each operation is one function, with how often it is done.

To add one: write a function that takes a Student and asks through `student.api`; put what must be true of the reply
into `student.history` (or `strange`, when it makes no sense whatever happened before), and add it to OPERATIONS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from verify.accounts import REGISTRAR
from verify.api import Api
from verify.history import History, Listing


@dataclass
class Student:
    """One student, for the thread they belong to. `quiet` is a class nobody enrolls in.

    `subscribed` says whether the student is subscribed to it: None while a reply that was lost makes it unknown.
    """

    student_id: int
    api: Api
    history: History
    clock: Callable[[], float]
    quiet: int
    subscribed: bool | None = False
    tags: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response | None:
        """The reply if it is a 200 or 304; every other one but 503 makes no sense."""
        reply, _ = self.api.request(self.student_id, "GET", path, headers)
        if reply is None or reply.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return None
        if reply.status_code not in (httpx.codes.OK, httpx.codes.NOT_MODIFIED):
            self.wonder(f"GET {path}", reply)
            return None
        return reply

    def wonder(self, what: str, reply: httpx.Response) -> None:
        text = f"student {self.student_id}: {what}: {reply.status_code} {reply.text[:200]}"
        self.history.strange.append(text)


def list_subscriptions(student: Student) -> None:
    """A subscription must never be lost, and one that was removed never come back."""
    known = student.subscribed
    reply = student.get("/student/subscribe/list")
    if reply is not None:
        listed = frozenset(map(int, reply.json()["subscriptions"]))
        quiet = frozenset({student.quiet})
        added, removed = (quiet if known is state else frozenset() for state in (True, False))
        student.history.listings.append(Listing(student.student_id, listed, student.clock(), added, removed))


def subscribe_or_not(student: Student) -> None:
    """To the quiet class, and away from it again."""
    wanted = not student.subscribed
    if wanted:
        body = {"email": "verify-quiet@example.com"}
        reply, _ = student.api.request(student.student_id, "POST", f"/student/subscribe/{student.quiet}", json=body)
        expected = {httpx.codes.OK}
    else:
        reply, _ = student.api.request(student.student_id, "DELETE", f"/student/subscribe/remove/{student.quiet}")
        expected = {httpx.codes.OK} | ({httpx.codes.NOT_FOUND} if student.subscribed is None else set())
    if reply is None or reply.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        student.subscribed = None
        return
    if reply.status_code not in expected:
        student.wonder(f"subscribed to {student.quiet}", reply)
    student.subscribed = wanted


def log_in(student: Student) -> None:
    student.api.log_in(student.student_id)


def list_classes(student: Student) -> None:
    """By its tag: a 304 without one would make no sense."""
    tag = student.tags.get("list")
    reply = student.get("/student/list", {"If-None-Match": tag} if tag else {})
    if reply is not None and reply.status_code == httpx.codes.OK:
        student.tags["list"] = reply.headers["ETag"]


def list_enrollments(student: Student) -> None:
    student.get("/student/enrollments")


def list_waitlists(student: Student) -> None:
    student.get("/student/waitlists")


def list_deliveries(student: Student) -> None:
    student.get("/student/deliveries")


def look_up_user(student: Student) -> None:
    """The registrar does. Everybody in a class must always be known, or it is a 503."""
    path = f"/user/get/{student.student_id}"
    reply, _ = student.api.request(REGISTRAR, "GET", path)
    if reply is not None and reply.status_code == httpx.codes.NOT_FOUND:
        student.wonder(f"GET {path}", reply)


OPERATIONS: Mapping[Callable[[Student], None], int] = {
    list_subscriptions: 5,
    subscribe_or_not: 3,
    look_up_user: 2,
    log_in: 1,
    list_classes: 3,
    list_enrollments: 1,
    list_waitlists: 1,
    list_deliveries: 1,
}
