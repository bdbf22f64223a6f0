"""A process's clock is put forward and back while it runs, as bin/start --clock-faults lets bin/verify do it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from clocks.control import Clocks

from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.waiting import until

TELL = """
import sys, time
for _ in sys.stdin:
    time.sleep(0.01)
    print(time.time(), time.monotonic(), flush=True)
"""
HOUR_S = 3600


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    names = ["users.1", "enrollment.1", "redis.1"]
    call = f"from pathlib import Path; import faulty_clocks; faulty_clocks.prepare(Path({str(data)!r}), {names})"
    paths = {**os.environ, "PYTHONPATH": str(ROOT / "bin" / "support" / "start")}
    subprocess.run([sys.executable, "-c", call], env=paths, check=True, timeout=60)
    return data


@contextmanager
def supervised(data: Path, name: str, *command: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {"VAR_DIR": str(data), "FAULTY_CLOCKS": str(data / "clocks"), "HONCHO_PROCESS_NAME": name}
    popen = subprocess.Popen(
        [ROOT / "bin" / "support" / "supervise", *command],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with popen:
        yield popen
        popen.terminate()


def tell(popen: "subprocess.Popen[str]") -> tuple[float, float]:
    """How far its clock is from ours, and what its watch says."""
    assert popen.stdin is not None
    assert popen.stdout is not None
    popen.stdin.write("?\n")
    popen.stdin.flush()
    clock_s, watch_s = map(float, popen.stdout.readline().split())
    return clock_s - time.time(), watch_s


def test_only_whoever_compares_times_gets_one(data: Path) -> None:
    assert Clocks(data).names == ["enrollment.1", "redis.1"]


def test_a_clock_leaps_and_nothing_else_does(data: Path) -> None:
    clocks = Clocks(data)
    with supervised(data, "enrollment.1", sys.executable, "-c", TELL) as process:
        _, began_s = tell(process)
        for apart_s in (HOUR_S, -HOUR_S, 0.0):
            clocks.put("enrollment.1", apart_s)
            assert tell(process)[0] == pytest.approx(apart_s, abs=5)
        assert 0 < tell(process)[1] - began_s < HOUR_S


def test_so_does_that_of_redis(data: Path) -> None:
    clocks, port = Clocks(data), free_port()
    command = ("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(data))
    with supervised(data, "redis.1", *command), redis.Redis(port=port) as client:
        until(lambda: _answers(client), why="Redis did not start")
        client.set("key", "value", ex=HOUR_S // 2)
        clocks.put("redis.1", HOUR_S)
        assert client.time()[0] - time.time() == pytest.approx(HOUR_S, abs=5)
        assert client.get("key") is None
        clocks.put("redis.1", 0)
        assert client.time()[0] - time.time() == pytest.approx(0, abs=5)


def test_others_keep_the_machines(data: Path) -> None:
    with supervised(data, "users.1", sys.executable, "-c", TELL) as process:
        assert tell(process)[0] == pytest.approx(0, abs=5)


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
