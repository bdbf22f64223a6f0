"""HAProxy's own words in our log (krakend/haproxy/messages.py)."""

import logging

import pytest

from krakend.haproxy.messages import STARTING_S, Messages

DOWN = (
    'Server users/s1 is DOWN, reason: Layer4 connection problem, info: "Connection refused", check duration: 0ms. 0 a'
)


def said(line: str, after_s: float = STARTING_S) -> tuple[int, str]:
    now = [0.0]
    messages = Messages(lambda: now[0])
    now[0] = after_s
    return messages.read(line)


def test_a_service_that_starts_beside_it_is_waited_for_and_later_it_is_down() -> None:
    line = f"[WARNING]  (48) : {DOWN}"
    assert said(line, after_s=2) == (logging.INFO, "waiting for users/s1 (Layer4 connection problem)")
    assert said(line) == (logging.WARNING, DOWN)
    none_left = "[ALERT]    (48) : backend 'users' has no server available!"
    assert said(none_left, after_s=2) == (logging.INFO, "there is no users yet")
    assert said(none_left) == (logging.ERROR, "backend 'users' has no server available!")


@pytest.mark.parametrize(
    "line",
    [
        "[WARNING]  (7) : Proxy gateway stopped (cumulated conns: FE: 9, BE: 0).",
        "[WARNING]  (7) : Former worker (8854) exited with code 0 (Exit)",
        "[WARNING]  (7) : Exiting Master process...",
        "[WARNING]  (7) : All workers exited. Exiting... (0)",
        "[NOTICE]   (7) : Loading success.",
        "[WARNING]  (7) : Server users/s1 is UP, reason: Layer7 check passed, code: 200, check duration: 1ms.",
    ],
)
def test_the_ordinary_course_of_a_reload_and_of_an_end_is_no_warning(line: str) -> None:
    level, text = said(line)
    assert level == logging.INFO
    assert "(7)" not in text


@pytest.mark.parametrize("line", ["[WARNING]  (7) : Failed to reload", "no tag at all", "[ALERT] (7) : out of memory"])
def test_everything_else_keeps_its_weight(line: str) -> None:
    assert said(line)[0] >= logging.WARNING
    assert said(line, after_s=1)[0] >= logging.WARNING
