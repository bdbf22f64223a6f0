"""bin/start --cluster: forms a cluster, finds it again, and is not led by another system's data.

With Redis alone, whose nodes start at once; all the rest runs in `bin/test --cluster`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import redis

from kit.errors import Unavailable
from kit.stores.redis_client import connect, translated
from tests.support.processes import ROOT, close, end_all, processes_of, read_pid
from tests.support.waiting import until

PROCFILE = [line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()]
BASE_PORT = 20223
PORTS = range(BASE_PORT - 5000 + 6379, BASE_PORT - 5000 + 6385)
URL = f"redis-cluster://{','.join(f'127.0.0.1:{port}' for port in PORTS)}"
KEYS = [f"key {number}" for number in range(50)]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    def run(*words: str) -> "subprocess.Popen[str]":
        without = [f"--without={name}" for name in PROCFILE if name != "redis"]
        where = ["--base-port", str(BASE_PORT), "--data", str(tmp_path)]
        popen = subprocess.Popen(
            [sys.executable, ROOT / "bin/support/start", *without, *where, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(popen)
        return popen

    started: list[subprocess.Popen[str]] = []
    yield run
    for popen in started:
        close(popen)
    end_all(tmp_path)


def wait_until_ready(popen: "subprocess.Popen[str]") -> None:
    assert popen.stdout is not None
    seen = ""
    while "The system is ready" not in seen:
        line = popen.stdout.readline()
        assert line, seen
        seen += line


def stop(popen: "subprocess.Popen[str]", tmp_path: Path) -> None:
    popen.send_signal(signal.SIGTERM)
    popen.communicate(timeout=20)
    assert popen.returncode == 0
    assert processes_of(tmp_path) == []


def test_the_cluster_is_found_again_with_its_data_also_after_a_node_was_lost(start: Start, tmp_path: Path) -> None:
    with closing(connect(URL)) as client:
        first = start("--cluster", "--fresh")
        wait_until_ready(first)
        for key in KEYS:
            client.set(key, "kept")
        os.kill(read_pid(tmp_path, "redis.1"), signal.SIGKILL)
        until(partial(answers, client), "the cluster is whole again")
        stop(first, tmp_path)

        second = start("--cluster")
        wait_until_ready(second)
        assert [client.get(key) for key in KEYS] == ["kept"] * len(KEYS)
        stop(second, tmp_path)

        other = start()
        said = other.communicate(timeout=20)[0]
        assert other.returncode == 1
        assert f"The data in {tmp_path} are of a system started with --cluster" in said

        third = start("--cluster", "--fresh")
        wait_until_ready(third)
        assert [client.get(key) for key in KEYS] == [None] * len(KEYS)
        stop(third, tmp_path)


def answers(client: redis.Redis) -> bool:
    try:
        with translated():
            return [client.get(key) for key in KEYS] == ["kept"] * len(KEYS)
    except Unavailable:
        return False
