"""The gateway as students, an instructor and a registrar use it, and what its replies mean.

The caller comes from the token alone. `Direct` asks a service at its own port for what no route of the gateway tells.
"""

import random
import re
from collections.abc import Callable
from typing import Any

import httpx

from kit.web import http_client
from verify.accounts import INSTRUCTOR, Accounts
from verify.history import Answer, Asked, History, LostReply, Said, Validator
from verify.keyed import KeyedRequests
from verify.system import System

GATEWAY = "gateway"
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
    (409, "is not open for enrollment", Said.CLOSED),
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
    Asked.ENROLL: ("POST", "/student/enroll/{class_id}"),
    Asked.DROP: ("DELETE", "/student/remove/{class_id}"),
    Asked.INSTRUCTOR_DROP: ("DELETE", "/instructor/drop/{class_id}/{student}"),
    Asked.LEAVE: ("DELETE", "/student/waitlist/drop/{class_id}"),
    Asked.POSITION: ("GET", "/student/waitlist/{class_id}"),
}
# Which service answers a path of the gateway; all others are enrollment's.
_SERVICES = (("/user/", "users"), ("/student/subscribe", "notification"), ("/student/deliveries", "notification"))


class Api:
    """For one thread. Every request is counted, and what a student asks comes back as an Answer."""

    def __init__(self, system: System, history: History, clock: Callable[[], float], accounts: Accounts) -> None:
        self._history = history
        self._clock = clock
        self._accounts = accounts
        self._keyed = KeyedRequests(history, clock)
        self._client = httpx.Client(
            base_url=system.settings["GATEWAY_URL"], timeout=_TIMEOUT_S, trust_env=False, limits=http_client.LIMITS
        )

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
        who = INSTRUCTOR if asked is Asked.INSTRUCTOR_DROP else student
        began_s = self._clock()
        reply, timed_out = self.request(who, method, path.format(student=student, class_id=class_id), headers)
        ended_s = self._clock()
        answer = interpret(
            reply,
            asked=asked,
            student=student,
            class_id=class_id,
            began_s=began_s,
            ended_s=ended_s,
            settled_s=ended_s + late_s(timed_out),
            validator=validator,
        )
        self._history.answers.append(answer)
        return answer, reply

    def request(
        self,
        who: int | str | None,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        json: Any = None,
    ) -> tuple[httpx.Response | None, bool]:
        """The reply, or None and whether it was waited for in vain (and not refused or cut off).

        `who` is a student's id, the name of an account, or None for nobody in particular. That the gateway has no
        reply of the service counts as none. Changes are keyed, see keyed.py.
        """
        if who is None or method == "GET":
            return self._send(who, method, path, headers, json)
        return self._keyed.send(lambda key: self._send(who, method, path, {**(headers or {}), **key}, json))

    def _send(
        self, who: int | str | None, method: str, path: str, headers: dict[str, str] | None, json: Any
    ) -> tuple[httpx.Response | None, bool]:
        service = service_of(path)
        sent = {**(headers or {}), **(self._accounts.of(who).headers if who is not None else {})}
        began_s, timed_out = self._clock(), False
        reply: httpx.Response | None = None
        try:
            reply = self._client.request(method, path, headers=sent, json=json)
            said, lost = str(reply.status_code), is_the_gateways(reply)
        except httpx.TransportError as error:
            said, lost, timed_out = type(error).__name__, True, isinstance(error, httpx.TimeoutException)
        processes, text = (GATEWAY, service), f"{method} {path} → {service}: {said}"
        self._history.note_reply(processes, began_s, self._clock(), text)
        self._history.statuses["no reply" if reply is None else said] += 1
        if lost:
            self._history.lost_replies.append(LostReply(processes, began_s, self._clock(), text))
            return (reply if said == "503" else None), timed_out or said == "504"
        assert reply is not None
        self._judge(reply, text)
        return reply, False

    def log_in(self, student: int) -> None:
        """A new token, which must be good from now on."""
        reply, _ = self.request(None, "POST", "/user/login", json=self._accounts.credentials(student))
        if reply is not None and reply.status_code == httpx.codes.OK:
            self._accounts.take_token(student, reply)

    def close(self) -> None:
        self._client.close()

    def _judge(self, reply: httpx.Response, text: str) -> None:
        """What no reply may be, whatever was asked."""
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            self._history.refused_tokens.append(f"{text} {reply.text[:200]}")
        elif reply.status_code >= 500 and reply.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            self._history.other_failures.append(f"{text} {reply.text[:200]}")
        elif reply.status_code == httpx.codes.SERVICE_UNAVAILABLE and not (_detail(reply) or _is_page(reply)):
            self._history.other_failures.append(f"{text} without a detail")


class Direct:
    """A service at its own port, for one thread: what is asked here is no part of the load, but has to come in time."""

    def __init__(self, system: System, history: History, clock: Callable[[], float]) -> None:
        self._history, self._clock = history, clock
        options: dict[str, Any] = {"timeout": _TIMEOUT_S, "trust_env": False, "headers": system.headers}
        self._dice = random.Random(0)  # noqa: S311 - guards no secret
        self._instances = [httpx.Client(base_url=url, **options) for url in system.enrollment_urls]

    def get(self, path: str) -> httpx.Response | None:
        """The reply of some instance of enrollment, None if there is none."""
        began_s, said = self._clock(), "no reply"
        try:
            reply = self._dice.choice(self._instances).get(path)
            said = str(reply.status_code)
        except httpx.TransportError:
            return None
        finally:
            self._history.note_reply(("enrollment",), began_s, self._clock(), f"GET {path} at enrollment: {said}")
        return reply

    def close(self) -> None:
        for client in self._instances:
            client.close()


def late_s(timed_out: bool) -> float:
    """How long after its lost reply a request may still have an effect."""
    return _LATE_AFTER_TIMEOUT_S if timed_out else _LATE_S


def service_of(path: str) -> str:
    return next((service for prefix, service in _SERVICES if path.startswith(prefix)), "enrollment")


def is_the_gateways(reply: httpx.Response) -> bool:
    """Whether the gateway says that it has no reply of the service: HAProxy in words, KrakenD by an empty 500."""
    if reply.status_code in (httpx.codes.BAD_GATEWAY, httpx.codes.GATEWAY_TIMEOUT):
        return True
    if reply.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return _detail(reply).startswith("The service does not answer")
    return reply.status_code == httpx.codes.INTERNAL_SERVER_ERROR and not reply.content


def _is_page(reply: httpx.Response) -> bool:
    """What the link of a mail leads to says in HTML what is wrong."""
    kind: str = reply.headers.get("Content-Type", "")
    return kind.startswith("text/html")


def _detail(reply: httpx.Response) -> str:
    try:
        body = reply.json()
    except ValueError:
        return ""
    return str(body.get("detail", "")) if isinstance(body, dict) else ""


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
