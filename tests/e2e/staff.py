"""What instructors and registrars are given to see: a class, its people, and what a registrar looks after."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in
from tests.e2e.given_replies import CLASS, GivenReplies
from tests.e2e.system import PAGES

DETAILS = {
    **CLASS,
    "State": "active",
    "CurrentWaitlist": 2,
    "HistoryNumber": 3,
    "HistoryHash": "0" * 64,
    "promotion": "automatic",
    "offer_window_s": 0,
    "open_offers": 0,
    "in_turn": 2,
    "one_section": "off",
}


def student(number: int, name: str, position: int | None = None) -> dict[str, Any]:
    since = "2026-02-03T14:02:00Z" if position else None
    email = f"{name}@example.com"
    return {
        "student_id": number,
        "username": name,
        "email": email,
        "enrollment_id": number,
        "position": position,
        "since": since,
        "paused": False,
        "skipped_for": None,
        "offered_until": None,
        "swap_from": None,
    }


ROSTER = {
    "enrolled": [student(1, "jack"), student(2, "liam")],
    "waiting": [student(3, "david", 1), student(4, "abhinav", 2)],
    "dropped": [],
}


def roster(
    given: GivenReplies, role: str, details: dict[str, Any] = DETAILS, others: Mapping[str, list[Any]] = {}
) -> None:
    for state, students in {**ROSTER, **others}.items():
        reply = {"class_details": details, "state": state, "students": students, "next_after": None}
        for limit in (1, 100):
            key = f"GET /{role}/roster/2?state={state}&limit={limit}"
            given.replies[key] = {**reply, "students": students[:limit], "names_known": True}
    changes = [
        {"what": "enrolled", "student_id": 1, "by": {"role": "student", "id": 1}, "request_id": None},
        {"what": "joined", "student_id": 3, "by": {"role": "student", "id": 3}, "request_id": None, "position": 1},
        {"what": "resized", "student_id": None, "by": {"role": "registrar", "id": 12}, "request_id": None}
        | {"max_capacity": 2, "waitlist_maximum": 15},
    ]
    entry = {"class_id": 2, "at": "2026-02-03T14:02:00Z", "previous": "0" * 64, "hash": "0" * 64, "changes": changes}
    names = {"1": "jack", "3": "david"}
    given.replies[f"GET /{role}/history/2"] = {"class_id": 2, "entries": [{**entry, "number": 1}], "names": names}


def given_registrar(page: Page) -> GivenReplies:
    given = GivenReplies(page, roles=["registrar"])
    given.replies |= {
        "GET /registrar/classes": {"Classes": [DETAILS, {**DETAILS, "ClassID": 8}], "next_after": 8},
        "GET /registrar/people": {
            "people": [{"id": 5, "username": "lovelace", "email": "lovelace@example.com", "roles": ["student"]}]
        },
        "GET /registrar/enrollments/5": {"Enrollments": [{**DETAILS, "EnrollmentState": "WAITLISTED"}]},
        "GET /registrar/history/2/5": {"entries": [{"at": "2026-02-03T14:02:00Z", "text": "You joined the line"}]},
    }
    department = {"department": "Arts", "classes": 3, "seats": 90, "enrolled": 60, "waiting": 0}
    others = [department, {**department, "department": "Computer Science", "enrolled": 90, "waiting": 37}]
    line = {"class_id": 2, "course_code": "CPSC 449", "class_name": "Web", "section_number": 1}
    given.replies["GET /registrar/demand"] = {
        "classes": 6,
        "seats": 180,
        "enrolled": 150,
        "waiting": 37,
        "departments": others[::-1],
        "most_wanted": [
            {**line, "class_id": 8, "class_name": "Arts", "seats": 3, "enrolled": 3, "waiting": 0, "places": 9}
        ],
        "longest_lines": [{**line, "seats": 30, "enrolled": 30, "waiting": 37, "places": 40}],
    }
    given.replies |= registration_day(line)
    relay = {"name": "outbox_relay", "instance": 1, "state": "no_answer", "lacks": [], "detail": None}
    lacking = {"name": "enrollment", "instance": 1, "state": "not_ready", "lacks": ["redis"]}
    since = {"since": "2026-02-03T14:02:00Z"}
    given.replies["GET /registrar/operating"] = {
        "checked_at": "2026-02-03T14:02:00Z",
        "processes": [{**relay, **since}, {**lacking, **since, "detail": "Not ready: redis (away)"}],
        "queues": {
            "notification.email": 1200,
            "notification.email.retry.5000ms": 3,
            "notification.email.retry.30000ms": 4,
            "notification.email.dead": 0,
            "notification.webhook": 0,
            "notification.webhook.dead": 2,
        },
        "outbox_age_s": 75.0,
        "stores": [
            {**relay, **since, "name": "mail_server", "detail": "ConnectionRefusedError"},
            {**relay, **since, "name": "gateway", "state": "ready"},
            {**relay, **since, "name": "redis", "state": "not_ready", "detail": "enrollment 1: away"},
        ],
        "sent": {"email": {"delivered": 1, "failed": 3}, "webhook": {"delivered": 4, "failed": 3}},
    }
    dead = {"channel": "webhook", "student_id": 4, "class_id": 2, "reason": "the receiver answered 404", "attempts": 9}
    dead |= {"course_code": CLASS["CourseCode"], "class_name": CLASS["ClassName"]}
    letters = [{**dead, "id": f"{number}-webhook", "since": "2026-02-03T14:02:00Z"} for number in range(2)]
    given.replies["GET /registrar/people?ids=4"] = {"people": [{"id": 4, "username": "abhinav"}]}
    given.replies["GET /registrar/dead-letters"] = {"counts": {"email": 0, "webhook": 2}, "letters": letters}
    roster(given, "registrar")
    return given


def registration_day(line: dict[str, Any]) -> dict[str, Any]:
    """Two minutes of it, a minute apart, and the line that grew."""
    first, second, until = ("2026-02-03T14:02:00Z", "2026-02-03T14:04:00Z", "2026-02-03T14:04:00Z")
    quiet = {"promoted": 0, "dropped": 0, "left": 0}
    mail = {"delivered": 30, "failed": 2, "dead_lettered": 1}
    return {
        "GET /registrar/demand/minutes": {
            "until": until,
            "minutes": [
                {"minute": first, "enrolled": 1000, "joined": 7, **quiet},
                {"minute": second, "enrolled": 50, "joined": 3, **quiet, "promoted": 4},
            ],
            "growing_lines": [{**line, "waiting": 37, "places": 40, "growth": 12}],
        },
        "GET /registrar/notices/minutes": {
            "until": until,
            "minutes": [{"minute": second, "channels": {"email": mail, "webhook": {**mail, "failed": 9}}}],
        },
    }


def enter(page: Page, place: str = "") -> None:
    page.goto(f"{PAGES}/{place}")
    log_in(page)
    expect(page.locator("#log-out")).to_be_visible()


PLACES = {
    "instructor": ["", "#taught=2", "#taught=2&show=waiting", "#taught=2&show=dropped", "#taught=2&show=history"],
    "registrar": [
        "",
        "#class=2",
        "#class=2&show=waiting",
        "#class=2&show=dropped",
        "#class=2&show=history",
        "#registry=people",
        "#registry=demand",
        "#registry=operation",
    ],
}
