"""`Idempotency-Key`: what was done with a key and undone since is not done again, and the first reply is said."""

from typing import Any

import pytest

from enrollment.domain.class_section import Promotion
from tests.support.caller import EMAIL, Caller
from tests.support.keyed_request import Request, is_replayed, new_key, said
from tests.support.world import World

OWN = f"name/{EMAIL}"
OFFERS = {"promotion": "offer", "offer_window_s": 600}
AUTOMATIC = {"promotion": "automatic"}
# What is done, and what undoes it. In class {a} 1 has the only seat, and 2 and 3 wait; in {b} a seat is free; in {c}
# the only seat is offered to 2, and 3 waits.
DEEDS: dict[str, tuple[Request, Request]] = {
    "swap": (Request("POST", f"/swap/1/{{a}}/{{b}}/{OWN}"), Request("DELETE", f"/enrollmentdrop/1/{{b}}/{OWN}")),
    "pause": (Request("PUT", f"/pause/3/{{a}}/{OWN}"), Request("DELETE", f"/pause/3/{{a}}/{OWN}")),
    "accept": (Request("POST", f"/offer/2/{{c}}/accept/{OWN}"), Request("DELETE", f"/enrollmentdrop/2/{{c}}/{OWN}")),
    "decline": (Request("POST", f"/offer/2/{{c}}/decline/{OWN}"), Request("POST", f"/enroll/2/{{c}}/{OWN}")),
    "policy": (Request("PUT", "/policy/{a}", OFFERS), Request("PUT", "/policy/{a}", AUTOMATIC)),
    "change": (Request("PUT", "/change/{a}/6"), Request("PUT", "/change/{a}/5")),
    "state": (Request("PUT", "/state/{a}/inactive"), Request("PUT", "/state/{a}/active")),
    "take out": (Request("DELETE", "/students/{a}/3"), Request("POST", "/students/{a}/3")),
}


@pytest.fixture
def classes(world: World, calls: Caller) -> dict[str, int]:
    ids = {name: world.add_class(capacity=1, places=5) for name in "abc"}
    world.deps.enrollments.set_policy(ids["c"], Promotion.OFFER, 600)
    for class_id in (ids["a"], ids["c"]):
        for student in (1, 2, 3):
            assert calls.enroll(student, class_id)[0] == 200
    assert calls.drop(1, ids["c"])[0] == 200
    return ids


def state(world: World, classes: dict[str, int]) -> list[Any]:
    """Of each class who sits and waits, and what is said of it but its versions."""
    sections = [world.deps.rosters.require_section(class_id) for class_id in classes.values()]
    people = [(world.seated(class_id), world.line(class_id)) for class_id in classes.values()]
    return [*people, *((one.status, one.promotion, one.paused, one.open_offers, one.instructor_id) for one in sections)]


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_undone_since_is_not_done_again(
    world: World, calls: Caller, elsewhere: Caller, classes: dict[str, int], deed: str
) -> None:
    do, undo = (Request(one.method, one.path.format(**classes), one.body) for one in DEEDS[deed])
    before, key = state(world, classes), new_key()
    first = do.send(calls, key)
    assert first.status_code == 200, first.text
    assert state(world, classes) != before
    assert undo.send(calls, None).status_code == 200
    undone = state(world, classes)
    for caller in (elsewhere, calls):
        again = do.send(caller, key)
        assert (said(again), is_replayed(again)) == (said(first), True)
    assert state(world, classes) == undone
    for class_id in classes.values():
        world.check(class_id)
