"""The system's HTTP interface as a student, an instructor and a registrar use it, and what its replies mean."""

import random
import re
from collections.abc import Callable
from typing import Any

import httpx

from kit.web import http_client
from verify.history import Answer, Asked, History, LostReply, Said, Validator
from verify.system import System

INSTRUCTOR = 5  # of the development data
WHO = "verify/verify@example.com"
_TIMEOUT_S = 20.0
# How long a request may still work in the system after its caller has lost it: connections of a process that died are
# gone at once, while one that is slow may go on for as long as its own time-outs allow.
_LATE_S, _LATE_AFTER_TIMEOUT_S = 3.0, 20.0

# (asked for a change, status, words of the detail) → what it means
_REFUSALS: tuple[tuple[int, str, Said], ...] = (
    (409, "is already enrolled", Said.IS_SEATED),
    (409, "is already on the waitlist", Said.IS_WAITING),
    (409, "and its waitlist are full", Said.FULL),
    (409, "has already dropped", Said.IS_DROPPED),
    (409, "not waiting; drop the class instead", Said.IS_SEATED),
    (404, "leave the waitlist instead", Said.IS_WAITING),
    (404, "is not enrolled in class", Said.IS_STRANGER),
    (404, "is not on the waitlist", Said.IS_STRANGER),
)
_SUCCESSES: dict[Asked, dict[str, Said]] = {
    Asked.ENROLL: {
        "Enrollment added successfully": Said.SEATED_NEW,
        "Enrollment updated successfully": Said.SEATED_AGAIN,
        "Student added to waitlist": Said.JOINED,
    },
    Asked.DROP: {"Class dropped updated successfully": Said.DROPPED},
    Asked.INSTRUCTOR_DROP: {"Class dropped updated successfully": Said.DROPPED},
}
_PATHS = {
    Asked.ENROLL: ("POST", "/enroll/{student}/{class_id}/" + WHO),
    Asked.DROP: ("DELETE", "/enrollmentdrop/{student}/{class_id}/" + WHO),
    Asked.INSTRUCTOR_DROP: ("DELETE", f"/drop/{INSTRUCTOR}/{{class_id}}/{{student}}/{WHO}"),
    Asked.LEAVE: ("DELETE", "/waitlistdrop/{student}/{class_id}/" + WHO),
    Asked.POSITION: ("GET", "/waitlist/{student}/{class_id}/" + WHO),
}


class Api:
    """For one thread. Every request is counted, and what a student asks comes back as an Answer."""

    def __init__(self, system: System, history: History, clock: Callable[[], float], dice: random.Random) -> None:
        self._history = history
        self._clock = clock
        self._dice = dice
        options: dict[str, Any] = {
            "timeout": _TIMEOUT_S,
            "trust_env": False,
            "headers": system.headers,
            "limits": http_client.LIMITS,
        }
        self._enrollment = [httpx.Client(base_url=url, **options) for url in system.enrollment_urls]
        self._others = {
            "users": httpx.Client(base_url=system.settings["USERS_URL"], **options),
            "notification": httpx.Client(base_url=system.settings["NOTIFICATION_URL"], **options),
        }

    def ask(
        self,
        asked: Asked,
        student: int,
        class_id: int,
        validator: Validator | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[Answer, httpx.Response | None]:
        """The answer, written down; and the reply itself, if there was one."""
        method, path = _PATHS[asked]
        began_s = self._clock()
        reply, timed_out = self.request("enrollment", method, path.format(student=student, class_id=class_id), headers)
        ended_s = self._clock()
        late_s = _LATE_AFTER_TIMEOUT_S if timed_out else _LATE_S
        answer = interpret(
            reply,
            asked=asked,
            student=student,
            class_id=class_id,
            began_s=began_s,
            ended_s=ended_s,
            settled_s=ended_s + late_s,
            validator=validator,
        )
        self._history.answers.append(answer)
        return answer, reply

    def request(
        self, service: str, method: str, path: str, headers: dict[str, str] | None = None, json: Any = None
    ) -> tuple[httpx.Response | None, bool]:
        """The reply, or None and whether it was waited for in vain (and not refused or cut off)."""
        began_s = self._clock()
        client = self._dice.choice(self._enrollment) if service == "enrollment" else self._others[service]
        try:
            reply = client.request(method, path, headers=headers, json=json)
        except httpx.TransportError as error:
            self._history.statuses["no reply"] += 1
            text = f"{service}: {method} {path}: {type(error).__name__}"
            self._history.note_reply(service, began_s, self._clock(), text)
            self._history.lost_replies.append(LostReply(service, began_s, self._clock(), text))
            return None, isinstance(error, httpx.TimeoutException)
        self._history.statuses[str(reply.status_code)] += 1
        self._history.note_reply(service, began_s, self._clock(), f"{service}: {method} {path}: {reply.status_code}")
        if reply.status_code >= 500 and reply.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            self._history.other_failures.append(f"{service}: {method} {path}: {reply.status_code} {reply.text[:200]}")
        return reply, False

    def close(self) -> None:
        for client in (*self._enrollment, *self._others.values()):
            client.close()


def interpret(reply: httpx.Response | None, *, asked: Asked, **known: Any) -> Answer:
    """What a reply means, `known` being the rest of the Answer."""
    if reply is None:
        return Answer(asked=asked, said=Said.NO_REPLY, **known)
    if reply.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return Answer(asked=asked, said=Said.UNAVAILABLE, **known)
    if reply.status_code >= 500:
        return Answer(asked=asked, said=Said.FAILED, **known)
    if reply.status_code == httpx.codes.NOT_MODIFIED:
        return Answer(asked=asked, said=Said.NOT_MODIFIED, version=version_of(reply), **known)
    try:
        body = reply.json()
    except ValueError:
        body = {}
    if reply.status_code == httpx.codes.OK:
        return _success(reply, body, asked, known)
    detail = str(body.get("detail", ""))
    for status, words, said in _REFUSALS:
        if reply.status_code == status and words in detail:
            said = Said.NOT_IN_LINE if asked is Asked.POSITION else said
            return Answer(asked=asked, said=said, **known)
    return Answer(asked=asked, said=Said.STRANGE, text=f"{reply.status_code} {reply.text[:200]}", **known)


def _success(reply: httpx.Response, body: Any, asked: Asked, known: dict[str, Any]) -> Answer:
    if asked is Asked.POSITION and {"position", "length"} <= body.keys():
        known |= {"place": body["position"], "length": body["length"], "version": version_of(reply)}
        return Answer(asked=asked, said=Said.POSITION, **known)
    if asked is Asked.LEAVE and body.get("Element removed") == known["student"]:
        return Answer(asked=asked, said=Said.LEFT, **known)
    said = _SUCCESSES.get(asked, {}).get(body.get("message", ""))
    if said is None:
        return Answer(asked=asked, said=Said.STRANGE, text=f"200 {reply.text[:200]}", **known)
    promoted = body.get("new_student") == "ENROLLED"
    return Answer(
        asked=asked, said=said, promoted=promoted, seats_taken=body.get("updated_current_enrollment"), **known
    )


def version_of(reply: httpx.Response) -> int | None:
    """The line's version, which is what the entity tag is made of."""
    tag = re.fullmatch(r'(?:W/)?"(\d+)(?:\D.*)?"', reply.headers.get("ETag", ""))
    return int(tag[1]) if tag else None
