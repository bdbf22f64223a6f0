"""A long random history through the real service and stores: every reply is what the model says."""

import random

import pytest

from tests.support.caller import Caller
from tests.support.model import ModelClass
from tests.support.world import World

STEPS = 500


@pytest.mark.parametrize("seed", [1, 2])
def test_every_reply_of_a_long_history_is_what_the_model_says(world: World, calls: Caller, seed: int) -> None:
    dice = random.Random(seed)
    class_id = world.add_class(capacity=4, places=5)
    model = ModelClass(class_id, capacity=4, places=5)
    for step in range(STEPS):
        student = dice.randint(1, 14)
        deed = dice.choice(["enroll", "enroll", "drop", "leave", "position", "state", "resize"])
        if deed == "state":
            active = dice.random() < 0.8
            status, body = calls.set_state(class_id, "active" if active else "inactive")
            model.set_active(active)
            assert status == 200
            continue
        if deed == "resize":
            capacity, places = dice.randint(2, 6), dice.randint(2, 8)
            status, _ = calls.resize(class_id, capacity, places)
            assert status == model.resize(capacity, places)[0]
            continue
        wanted_status, wanted_body = getattr(model, deed)(student)
        if deed == "position":
            reply = calls.position(student, class_id)
            status, body = reply.status_code, reply.json()
            assert bool(body.pop("since", None)) == (status == 200)
        else:
            status, body = getattr(calls, deed)(student, class_id)
        if "enrollment_item" in (wanted_body or {}):
            wanted_body["enrollment_item"]["EnrollmentID"] = body["enrollment_item"]["EnrollmentID"]
        said = f"seed {seed}, step {step}: {deed} {student}: {status} {body}"
        assert status == wanted_status, said
        if wanted_body is None:
            assert set(body) == {"detail"}, said
        else:
            assert body == wanted_body, said
        if step % 50 == 0:
            world.check(class_id)
            assert world.line(class_id) == model.line
            assert set(world.seated(class_id)) == model.seated
    world.check(class_id)
