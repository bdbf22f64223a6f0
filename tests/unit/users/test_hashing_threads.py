"""Hashing gives way to the rest of its process, and to no other process more than that."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from users.service import passwords


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make itself more urgent")
def test_the_threads_that_hash_are_ten_steps_less_urgent_than_their_process() -> None:
    """They were at 10 whatever the process was: started as urgent on a busy machine, it could log nobody in."""
    before = os.getpriority(os.PRIO_PROCESS, os.getpid())
    os.setpriority(os.PRIO_PROCESS, os.getpid(), -5)
    try:
        with ThreadPoolExecutor(1, initializer=passwords._give_way) as pool:
            found = pool.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result(10)
    finally:
        os.setpriority(os.PRIO_PROCESS, os.getpid(), before)
    assert found == 5
