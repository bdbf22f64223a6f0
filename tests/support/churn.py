"""A class under load, and whether what its students were told holds afterwards."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.support.caller import Caller
from tests.support.waiting import until
from tests.support.world import World


class Churn:
    """Students enrolling, dropping and leaving, and what each was told last that was not a 503."""

    def __init__(self, calls: Caller, class_id: int, students: range) -> None:
        self._calls = calls
        self._class_id = class_id
        self._students = students
        self._stop = threading.Event()
        self.statuses: list[int] = []
        self.promises: dict[int, str] = {}
        self.doubtful: set[int] = set()

    def run(self, share: int) -> None:
        """Each student belongs to one thread, so what a student was told is in order."""
        dice = random.Random(share)
        mine = list(self._students)[share::8]
        while not self._stop.is_set():
            student = dice.choice(mine)
            name = dice.choice(["enroll", "enroll", "drop", "leave"])
            status, body = getattr(self._calls, name)(student, self._class_id)
            self.statuses.append(status)
            if status == 503:
                self.doubtful.add(student)
            elif status == 200:
                self.promises[student] = "in" if name == "enroll" else "out"
                self.doubtful.discard(student)
            else:
                assert status in (404, 409), (status, body)

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def under_load(calls: Caller, class_id: int) -> Iterator[Churn]:
    churn = Churn(calls, class_id, range(1, 41))
    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(churn.run, share) for share in range(8)]
        try:
            yield churn
        finally:
            churn.stop()
        for thread in threads:
            thread.result(60)


def some_time(of: Churn, requests: int = 150) -> None:
    goal = len(of.statuses) + requests
    until(lambda: len(of.statuses) >= goal, "the load came to a halt", timeout_s=60)


def check_promises(world: World, class_id: int, churn: Churn) -> None:
    """Students who were told "in" sit or wait, those who were told "out" do neither."""
    held = set(world.seated(class_id)) | set(world.line(class_id))
    for student, promise in churn.promises.items():
        if student not in churn.doubtful:
            assert (student in held) == (promise == "in"), f"student {student} was told {promise}"
    until(lambda: world.shown_line(class_id) == world.line(class_id), why="Redis did not show the line")
    world.check(class_id)
