"""Students of a class whose free seats are offered: they accept, decline or let pass, by the route and by signed link.

The class is theirs alone, and they all ask in one thread. So an offer that was seen and has not ended must be there to
be answered: nobody else takes it away. check_offers looks at the seats.
"""

import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from enrollment.bootstrap import Dependencies
from enrollment.domain.class_section import Promotion
from enrollment.domain.offer_links import OfferClaim, OfferLinks
from verify import columns
from verify.accounts import REGISTRAR
from verify.api import Api
from verify.background import Background
from verify.history import History, Violation

SEATS, PLACES, STUDENTS = 3, 12, 12
PAUSING = 3  # of the students: the others never step aside, so nobody is to get a seat before them
_WINDOW_S = 8  # shorter than the service takes; of those who are asked for, many end within a campaign
_PAUSE_S = (0.02, 0.15)
_SURELY_S = 2.0  # before its end an offer must be there
_SENSIBLE = {httpx.codes.OK, httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}
_ANSWERS: Mapping[str, int] = {"accept": 45, "decline": 20, "link/accept": 12, "link/decline": 8, "pass": 15}
_SITS = ("Enrollment added successfully", "Enrollment updated successfully", "is already enrolled")
_DROP, _ENROLL = ("DELETE", "/student/remove/{}"), ("POST", "/student/enroll/{}")
_WISHES: Mapping[tuple[str, str], int] = {
    _ENROLL: 60,
    _DROP: 10,
    ("DELETE", "/student/waitlist/drop/{}"): 4,
    ("PUT", "/student/waitlist/{}/pause"): 10,
    ("DELETE", "/student/waitlist/{}/pause"): 16,
}


class Offers(Background):
    def __init__(
        self, api: Api, history: History, class_id: int, students: list[int], seed: int, link_secret: str
    ) -> None:
        super().__init__(self._run)
        self._api, self._history, self.class_id = api, history, class_id
        self.students = students[-STUDENTS:]
        self.pausing = frozenset(self.students[:PAUSING])
        self._dice = random.Random(seed)  # noqa: S311 - guards no secret
        self._links = OfferLinks(link_secret, "")
        self._passes: dict[int, int] = {}
        self._sits: set[int] = set()  # as far as is known
        self.found: list[Violation] = []

    def close(self) -> None:
        self._api.close()

    def _run(self) -> None:
        while not self._stop.wait(self._dice.uniform(*_PAUSE_S)):
            student = self._dice.choice(self.students)
            reply, _ = self._api.request(student, "GET", "/student/offers")
            if reply is None or reply.status_code != httpx.codes.OK:
                continue
            offered = [each for each in reply.json()["offers"] if each["class_id"] == self.class_id]
            if offered:
                self._answer(student, int(datetime.fromisoformat(offered[0]["offered_until"]).timestamp()))
            else:
                self._do_something(student)

    def _do_something(self, student: int) -> None:
        method, path = self._dice.choices(list(_WISHES), list(_WISHES.values()))[0]
        if student in self._sits:
            method, path = _DROP
            self._sits.remove(student)
        if path.endswith("/pause") and student not in self.pausing:
            return
        path = path.format(self.class_id)
        reply, _ = self._api.request(student, method, path)
        if reply is not None and reply.status_code not in _SENSIBLE:
            self._history.strange.append(f"{student}: {method} {path}: {reply.status_code} {reply.text[:200]}")
        if reply is not None and any(words in reply.text for words in _SITS):
            self._sits.add(student)

    def _answer(self, student: int, until_s: int) -> None:
        if self._passes.get(student) == until_s:
            return
        answer = self._dice.choices(list(_ANSWERS), list(_ANSWERS.values()))[0]
        if answer == "pass":
            self._passes[student] = until_s
            self._history.offers["let pass"] += 1
            return
        way, _, verb = answer.rpartition("/")
        who: int | None = student
        path = f"/student/offer/{self.class_id}/{verb}"
        if way:
            who, path = None, f"{self._links.link(OfferClaim(self.class_id, student, until_s))}"
            self._expect(student, until_s, "GET", path, who)
            path = f"{path}/{verb}"
        if self._expect(student, until_s, "POST", path, who):
            self._history.offers[answer] += 1
            self._sits |= {student} if verb == "accept" else set()
            if way:  # the link is good for one answer
                reply, _ = self._api.request(None, "POST", path)
                if reply is not None and reply.status_code == httpx.codes.OK:
                    self._wonder(student, "POST", f"{path} again", reply)

    def _expect(self, student: int, until_s: int, method: str, path: str, who: int | None) -> bool:
        """Whether it worked, as it must before the offer has ended."""
        reply, _ = self._api.request(who, method, path)
        is_open = time.time() < until_s - _SURELY_S
        if reply is None or reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return False
        if reply.status_code not in _SENSIBLE or (is_open and reply.status_code != httpx.codes.OK):
            self._wonder(student, method, path, reply)
        return reply.status_code == httpx.codes.OK

    def _wonder(self, student: int, method: str, path: str, reply: httpx.Response) -> None:
        text = f"student {student}: {method} {path}: {reply.status_code} {reply.text[:300]}"
        self.found.append(Violation(columns.OFFER, text))


def prepare(deps: Dependencies, class_id: int, require: Callable[..., object]) -> None:
    """From now on the class's free seats are offered, for a few seconds each. Raises Unfit."""
    require(REGISTRAR, "PUT", f"/registrar/policy/{class_id}", {"promotion": "offer", "offer_window_s": 60})
    deps.enrollments.set_policy(class_id, Promotion.OFFER, _WINDOW_S)  # shorter than the route takes
