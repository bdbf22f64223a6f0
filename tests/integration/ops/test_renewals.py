"""A service renewed by its supervisor: on the same socket, and never while a client is writing."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.processes import ROOT, end_all, processes_of
from tests.support.supervised import Supervised, supervise
from tests.support.waiting import until

SERVE = ["python", "-m", "kit.web.serve", "tests.integration.ops.small_service:create_app"]
START_TIMEOUT_S = 20

Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the small service; its state is in tmp_path, its second run ends at once while `broken` is there."""
    command = ["sh", "-c", f"[ ! -e {tmp_path}/broken ] || exit 3; exec {' '.join(SERVE)}"]

    def start(*options: str, command: list[str] = command) -> Supervised:
        programs = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        return stack.enter_context(supervise(tmp_path, [*options, *command], programs))

    with ExitStack() as stack:
        yield start
    end_all(tmp_path)


def client(service: Supervised, timeout_s: float = START_TIMEOUT_S) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", service.port, timeout=timeout_s)


def ask(connection: http.client.HTTPConnection, after_s: float = 0) -> tuple[int, str | None]:
    """The pid of who answers, and what it says of the connection."""
    connection.request("POST", f"/pid?after_s={after_s}")
    reply = connection.getresponse()
    return int(reply.read()), reply.getheader("connection")


def ask_anew(service: Supervised) -> tuple[int, str | None]:
    """On a connection of its own."""
    with closing(client(service)) as connection:
        return ask(connection)


def log_of(service: Supervised) -> str:
    return (service.folder / "service.1.log").read_text()


def test_an_idle_connection_gets_its_next_request_answered_and_is_told_to_close(start: Start) -> None:
    service = start()
    idle = client(service)
    old = service.pid
    assert ask(idle) == (old, None)
    service.ask_for_renewal()
    until(lambda: service.pid != old, "a new process")
    time.sleep(1)  # not a wait for something: the old one has long been told to end
    assert ask(idle) == (old, "close")
    assert service.outcome() == "renewed"
    assert ask(idle) == (service.pid, None), "http.client has connected again"
    idle.close()


def test_a_request_half_written_at_that_moment_is_answered(start: Start) -> None:
    service = start()
    old, _ = ask_anew(service)
    with socket.create_connection(("127.0.0.1", service.port), START_TIMEOUT_S) as writer:
        writer.sendall(b"POST /pid HTTP/1.1\r\nHost: loc")
        service.ask_for_renewal()
        until(lambda: service.pid != old, "a new process")
        time.sleep(1)  # not a wait for something: the old one has long been told to end
        writer.sendall(b"alhost\r\nContent-Length: 0\r\n\r\n")
        head, _, body = b"".join(iter(lambda: writer.recv(1000), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in head
    assert int(body) == old
    assert service.outcome() == "renewed"


def test_an_idle_connection_that_is_left_alone_holds_the_old_process_for_five_seconds_at_most(start: Start) -> None:
    service = start()
    idle = client(service)
    old, _ = ask(idle)
    began = time.monotonic()
    service.renew()
    assert service.pid != old
    assert 4 < time.monotonic() - began < 12
    idle.close()


def test_a_request_at_work_is_answered(start: Start) -> None:
    service = start()
    busy = client(service)
    old, _ = ask(busy)
    busy.request("POST", "/pid?after_s=4")
    service.ask_for_renewal()
    assert busy.getresponse().read() == str(old).encode()
    busy.close()
    assert service.outcome() == "renewed"


def test_a_connection_made_while_none_runs_waits_and_is_answered(start: Start) -> None:
    """By the next process, or where that takes over two seconds by the supervisor: then the next one asks again."""
    service = start()
    killed, _ = ask_anew(service)
    os.kill(killed, signal.SIGKILL)
    for _ in range(10):
        with suppress(ValueError):  # the supervisor's reply names no process
            assert ask_anew(service)[0] != killed
            return
    pytest.fail("it was not served")


def test_a_new_process_that_ends_at_once_leaves_the_old_one_serving(start: Start, tmp_path: Path) -> None:
    service = start()
    old, _ = ask_anew(service)
    (tmp_path / "broken").touch()
    service.ask_for_renewal()
    assert "ended with status 3" in service.outcome()
    assert f"ended with status 3; service.1 (pid {old}) goes on" in log_of(service)
    assert ask_anew(service) == (service.pid, None) == (old, None)


def test_a_command_that_is_absent_leaves_the_old_one_serving(start: Start, tmp_path: Path) -> None:
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\nexec {' '.join(SERVE)}\n")
    command.chmod(0o700)
    service = start(command=[str(command)])
    old, _ = ask_anew(service)
    command.unlink()
    service.ask_for_renewal()
    assert "cannot be started" in service.outcome()
    assert ask_anew(service) == (service.pid, None) == (old, None)


def test_a_new_process_that_does_not_get_ready_leaves_the_old_one_serving(start: Start, tmp_path: Path) -> None:
    service = start("--ready-within", "3")
    old, _ = ask_anew(service)
    (tmp_path / "unready").touch()
    service.ask_for_renewal()
    until(lambda: len(service.processes()) == 2, "a new process")
    while len(service.processes()) == 2:
        assert ask_anew(service)[0] == old, "the new one accepts before it is ready"
        time.sleep(0.05)
    assert "was not ready within 3 s" in service.outcome()
    assert ask_anew(service) == (service.pid, None) == (old, None)
    (tmp_path / "unready").unlink()
    until(service.renewed, "a renewal within 3 s, on a busy machine too")
    assert ask_anew(service)[0] != old


def test_a_stop_during_a_renewal_ends_both(start: Start, tmp_path: Path) -> None:
    service = start()
    (tmp_path / "unready").touch()
    ask_anew(service)
    service.ask_for_renewal()
    until(lambda: len(service.processes()) == 2, "a new process")
    service.popen.terminate()
    assert service.popen.wait(5) == 0
    assert processes_of(tmp_path) == []


def test_a_stop_while_the_old_process_waits_for_its_clients_is_quick(start: Start, tmp_path: Path) -> None:
    service = start()
    idle = client(service)
    old, _ = ask(idle)
    service.ask_for_renewal()
    until(lambda: service.pid != old, "a new process")
    service.popen.terminate()
    assert service.popen.wait(3) == 0
    assert processes_of(tmp_path) == []
    idle.close()


def test_nothing_is_left_when_the_supervisor_is_killed_during_a_renewal(start: Start, tmp_path: Path) -> None:
    service = start()
    ask_anew(service)
    (tmp_path / "unready").touch()
    service.ask_for_renewal()
    until(lambda: len(service.processes()) == 2, "a new process")
    service.popen.kill()
    until(lambda: processes_of(tmp_path) == [], "all gone")


def test_an_old_process_that_does_not_leave_is_killed(start: Start, tmp_path: Path) -> None:
    stays = "trap '' TERM; [ -z $READY_FD ] || echo >&$READY_FD; while :; do sleep 0.1; done"
    service = start("--leave-within", "1", command=["sh", "-c", stays])
    old = service.pid
    service.renew()
    assert service.pid != old
    assert f"service.1 (pid {old}) did not end within 1 s: killing it" in log_of(service)
    service.popen.kill()  # which spares us the ten seconds until it gives up


def test_without_a_passed_socket_it_binds_its_own_and_leaves_in_the_same_way(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "VAR_DIR": str(tmp_path)}
    command = [sys.executable, *SERVE[1:], "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as popen:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        until(lambda: _answers(connection), "it answers")
        popen.send_signal(signal.SIGTERM)
        time.sleep(1)  # not a wait for something: uvicorn alone would have closed the connection by now
        assert ask(connection) == (popen.pid, "close")
        assert popen.wait(5) == -signal.SIGTERM


def _answers(connection: http.client.HTTPConnection) -> bool:
    try:
        return ask(connection)[0] > 0
    except OSError:
        connection.close()
        return False


def test_what_opens_its_own_port_is_ready_in_all_else_before_the_old_one_is_ended(tmp_path: Path) -> None:
    """With --overlap, as KrakenD is run."""
    said = tmp_path / "said"
    command = tmp_path / "command"
    command.write_text(f"""
        trap 'echo ends $$ >> {said}; exit 0' TERM
        echo starts $$ >> {said}
        [ -z "$READY_FD" ] || {{ echo is ready $$ >> {said}; eval "echo >&$READY_FD"; }}
        while :; do sleep 0.05; done
    """)
    with supervise(tmp_path, ["bash", command], {}, listening=False) as service:
        until(lambda: said.exists() and said.read_text().startswith("starts"))
        old = service.pid
        service.renew()
        new = service.pid
        assert said.read_text().splitlines() == [f"starts {old}", f"starts {new}", f"is ready {new}", f"ends {old}"]
