"""Replies that a test gives to the live page inside the browser, so that it can try what the page does with each.

Nothing of the gateway is tried this way, nor of what is behind it: that is test_gateway_page.
"""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Route

CLASS = {
    "ClassID": 2,
    "CourseCode": "CPSC 449",
    "SectionNumber": 1,
    "ClassName": "Web Back-End Engineering",
    "Department": "Computer Science",
    "MaxCapacity": 2,
    "CurrentEnrollment": 2,
    "CurrentWaitlist": 3,
    "InstructorID": 5,
    "WaitlistMaximum": 15,
}
DELIVERY = {
    "id": "0192f0c1-2b7a-7c3d-9e4f-5a6b7c8d9e0f-email",
    "class_id": 2,
    "type": "enrollment.promoted",
    "message": "Student with id: 4 has been enrolled in Class 2",
    "channel": "email",
    "target": "a…@example.com",
    "outcome": "delivered",
    "next_attempt_at": None,
    "attempts": [
        {
            "at": "2026-02-03T04:05:06.789Z",
            "status": 250,
            "duration_ms": 41,
            "error": None,
            "outcome": "delivered",
            "redelivery": False,
        }
    ],
}


def token(roles: list[str], lifetime_s: float = 1800, username: str = "abhinav", verified: bool = True) -> str:
    """Unsigned: nobody here checks it."""
    claims = {"sub": "4", "username": username, "email": "abhinav@example.com", "roles": roles}
    claims["email_verified"] = verified
    payload = json.dumps(claims | {"exp": time.time() + lifetime_s}).encode()
    return f"e30.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.none"


@dataclass
class GivenReplies:
    """`replies` by method and path: a JSON body, or (status, headers, body). `asked` counts.

    With `holds`, replies that may be waited for are held back until they are let go.
    """

    page: Page
    roles: list[str] = field(default_factory=lambda: ["student"])
    lifetime_s: float = 1800
    username: str = "abhinav"
    verified: bool = True
    replies: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[float, str]] = field(default_factory=list)
    holds: bool = False
    held: list[Route] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    refused_tokens: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)  # Idempotency-Key of what was asked, if it had one

    def __post_init__(self) -> None:
        for role in ("user", "student", "instructor", "registrar"):
            self.page.route(f"**/{role}/**", self._answer)
        self.replies = {
            "POST /user/login": {"access_token": token(self.roles, self.lifetime_s, self.username, self.verified)},
            "GET /student/list": {"Classes": [CLASS, {**CLASS, "ClassID": 8, "CurrentEnrollment": 1}]},
            "GET /student/enrollments": {"Enrollments": []},
            "GET /student/instructors": {"instructors": [{"id": 5, "username": "lovelace"}]},
            "GET /student/subscribe/list": {"subscriptions": []},
            "GET /student/deliveries": {"deliveries": [], "next_page": None},
        } | self.replies

    def wait_in_line(self, position: int, length: int) -> None:
        self._hold("WAITLISTED")
        place = {"position": position, "length": length, "since": "2026-02-03T14:02:00Z"}
        self.replies["GET /student/waitlist/2"] = (200, {"ETag": f'"{position}-{length}"'}, place)

    def offer_and_hold(self, offered: int, seated: int, dropped: int) -> None:
        """Beside the line: a class in which a seat is held, one with a seat, and one that was dropped."""
        enrollments = self.replies["GET /student/enrollments"]["Enrollments"]
        for number, state in ((offered, "WAITLISTED"), (seated, "ENROLLED"), (dropped, "DROPPED")):
            held = {**CLASS, "ClassID": number, "State": "active", "EnrollmentState": state}
            enrollments.append({**held, "HistoryNumber": 7, "HistoryHash": "0" * 64})
        place = {"position": 1, "length": 3, "since": "2026-02-03T14:02:00Z", "offered_until": "2026-02-05T14:02:00Z"}
        self.replies[f"GET /student/waitlist/{offered}"] = (200, {"ETag": '"offered"'}, place)

    def give_seat(self) -> None:
        self._leave_line("ENROLLED")
        self.replies["GET /student/deliveries"] = {"deliveries": [DELIVERY], "next_page": None}

    def drop(self) -> None:
        self._leave_line("DROPPED")

    def _leave_line(self, state: str) -> None:
        self._hold(state)
        self.replies["GET /student/waitlist/2"] = (404, {}, {"detail": "Student 4 is not in line for class 2"})

    def _hold(self, state: str) -> None:
        held = {**CLASS, "State": "active", "EnrollmentID": 6, "EnrollmentState": state}
        held |= {"HistoryNumber": 7, "HistoryHash": "0" * 64}
        self.replies["GET /student/enrollments"] = {"Enrollments": [held]}

    def times(self, key: str) -> list[float]:
        """When this was asked for, whatever the query."""
        return [moment for moment, asked in self.asked if asked.partition("?")[0] == key]

    def let_go(self) -> None:
        self.holds, held, self.held = False, self.held, []
        for route in held:
            self._reply(route)

    def _answer(self, route: Route) -> None:
        self.asked.append((time.monotonic(), _key(route)))
        self.queries.append(_key(route).partition("?")[2])
        self.keys += [key for name, key in route.request.headers.items() if name == "idempotency-key"]
        if self.holds and route.request.headers.get("prefer"):
            self.held.append(route)
        else:
            self._reply(route)

    def _reply(self, route: Route) -> None:
        asked, key = route.request, _key(route)
        key = key if key in self.replies else key.partition("?")[0]  # a reply for the path counts for every query
        if asked.headers.get("authorization", "").removeprefix("Bearer ") in self.refused_tokens:
            return route.fulfill(status=401)
        reply = self.replies.get(key, (404, {}, {"detail": f"nothing for {key}"}))
        status, headers, body = reply if isinstance(reply, tuple) else (200, {}, reply)
        if status == 0:
            return route.abort()
        if headers.get("ETag") and asked.headers.get("if-none-match") == headers["ETag"]:
            return route.fulfill(status=304, headers=headers)
        return route.fulfill(status=status, headers={**headers, "Content-Type": "application/json"}, json=body)


def _key(route: Route) -> str:
    asked = route.request
    return f"{asked.method} {asked.url.partition('//')[2].partition('/')[1]}{asked.url.split('/', 3)[3]}"
