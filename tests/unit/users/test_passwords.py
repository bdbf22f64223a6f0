"""Hashes, and that a rush of logins takes no thread from others."""

import asyncio
import threading

import anyio.to_thread
import pytest

from tests.unit.users.fakes import CountingPasswords
from users.domain.errors import TooBusy
from users.service.passwords import Passwords, SignInThreads

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
