"""Hashes, and that a rush of logins takes no thread from others."""

import asyncio
import threading
import time

import anyio.to_thread
import pytest

from kit.concurrency import deadline
from tests.unit.users.fakes import CountingPasswords
from users.domain.errors import TooBusy
from users.service.passwords import Passwords
from users.service.sign_in_threads import NEEDED_S, SignInThreads

WAIT_S = 5


def test_hashes_have_the_parameters_owasp_recommends() -> None:
    assert Passwords().hash("correct horse").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_matches_its_hash_and_no_other() -> None:
    passwords = CountingPasswords()
    kept = passwords.hash("correct horse")

    assert passwords.matches(kept, "correct horse")
    assert not passwords.matches(kept, "wrong horse")
    assert not passwords.matches("not a hash", "correct horse")


def test_nobodys_password_never_matches() -> None:
    assert not CountingPasswords().matches(None, "no account has this hash")


def test_other_requests_go_on_while_all_sign_in_threads_are_taken() -> None:
    free = threading.Event()

    async def rush() -> str:
        threads = SignInThreads(threads=2, queue=10)
        logins = [asyncio.create_task(threads.run(free.wait, WAIT_S)) for _ in range(8)]
        await asyncio.sleep(0.05)
        other = await asyncio.wait_for(anyio.to_thread.run_sync(lambda: "answered"), WAIT_S)
        free.set()
        assert await asyncio.gather(*logins) == [True] * 8
        return other

    assert asyncio.run(rush()) == "answered"


def test_who_would_wait_too_long_is_told_to_come_back() -> None:
    free = threading.Event()

    async def rush() -> None:
        threads = SignInThreads(threads=1, queue=1)
        logins = [asyncio.create_task(threads.run(free.wait, WAIT_S)) for _ in range(2)]
        await asyncio.sleep(0.05)
        try:
            with pytest.raises(TooBusy) as refusal:
                await threads.run(free.wait, WAIT_S)
            assert (refusal.value.status, refusal.value.retry_after_s) == (503, 1)
        finally:
            free.set()
            await asyncio.gather(*logins)

    asyncio.run(rush())


def test_who_can_not_be_served_before_the_deadline_is_refused_before_it() -> None:
    free = threading.Event()

    async def late() -> None:
        threads = SignInThreads(threads=1, queue=10)
        first = asyncio.create_task(threads.run(free.wait, WAIT_S))
        await asyncio.sleep(0.05)
        try:
            deadline.start(NEEDED_S + 0.1)
            with pytest.raises(TooBusy):
                await threads.run(free.wait, WAIT_S)
            assert deadline.remaining() > NEEDED_S - 1
        finally:
            free.set()
            assert await first

    asyncio.run(late())


def test_a_hash_is_not_waited_for_beyond_the_deadline() -> None:
    passwords = CountingPasswords()
    busy = threading.Event()
    passwords.keep_busy(busy)
    try:
        with deadline.until(time.monotonic() + 0.05), pytest.raises(TooBusy):
            passwords.hash("correct horse")
    finally:
        busy.set()
    assert passwords.hash("correct horse")
