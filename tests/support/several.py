"""Tests in several processes, forks of one that has imported and found them all: `pytest -p tests.support.several`.

Two processes of pytest would import most things twice. Here each takes the next file when it is through with one, and
there is one process more than processors, since some tests wait. The first fork begins with the first files while the
others are still found. What the forks say of their tests is shown after our own; all of it counts, and so does how a
fork ends, for whatever is found wrong of it after its last test.

Nearly all reports say no more than that a step of a test has passed, and of these no more than that is sent: the test's
keywords and whatever else pytest keeps in a report would take longer to write and to read than many a test.
"""

import json
import os
import signal
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

import pytest

PROCESSES = len(os.sched_getaffinity(0)) + 1
_FIRST = 22  # files: with them most of what tests import is imported
_NUMBER_BYTES = 2


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Several())


class _Several:
    def __init__(self) -> None:
        self._found: list[Path] = []
        """Files, in their order. Their places in it are the numbers by which processes take them."""
        self._first: Iterator[int] = iter(())
        self._is_early = False
        """Whether this process runs the first files while another one finds the rest."""
        self._forks: list[_Fork] = []

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        if isinstance(collector, pytest.Module) and not self._is_early:
            if len(self._found) == _FIRST and _wanted(collector.session):
                self._first = _numbers(range(_FIRST))
                self._is_early = self._fork(collector.session)
            self._found.append(collector.path)

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> pytest.CollectReport | None:
        return pytest.CollectReport(collector.nodeid, "passed", None, []) if self._is_early else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or not session.items or not _wanted(session):
            for fork in self._forks:
                fork.kill()
            return None  # pytest does and says what it always does
        numbers = self._first
        if not self._is_early:
            numbers = chain(_numbers(range(_FIRST if self._forks else 0, len(self._found))), numbers)
            while len(self._forks) < min(PROCESSES, len(self._found)) - 1 and not self._fork(session):
                pass
        files = defaultdict(list)
        for item in session.items:
            files[item.path].append(item)
        _run(session, chain.from_iterable(files[self._found[number]] for number in numbers))
        if strange := [code for fork in self._forks if (code := fork.end(session))]:
            raise session.Interrupted(f"processes of the tests ended with {strange}, and no test says why")
        return True

    def _fork(self, session: pytest.Session) -> bool:
        """Whether this is the new process."""
        fork = _Fork.begun()
        if fork.pid == 0:
            for elder in self._forks:
                elder.said.close()
            self._forks.clear()
            _become_silent(session, fork.said)
        else:
            self._forks.append(fork)
        return fork.pid == 0


def _wanted(session: pytest.Session) -> bool:
    option = session.config.option
    assert threading.active_count() == 1, "of several threads a fork has one"
    return not option.collectonly and not option.usepdb


def _numbers(numbers: range) -> Iterator[int]:
    """These, each in one of the processes that go on from here."""
    left, given = os.pipe()
    with open(given, "wb") as pipe:
        pipe.writelines(number.to_bytes(_NUMBER_BYTES) for number in numbers)

    def taken() -> bytes:
        return os.read(left, _NUMBER_BYTES)

    return map(int.from_bytes, iter(taken, b""))


def _run(session: pytest.Session, items: Iterator[pytest.Item]) -> None:
    """As pytest does it. A test has to know the next one, to end no fixture that this one uses, too."""
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following


@dataclass
class _Fork:
    pid: int
    said: IO[str]
    """A line of JSON for each report of pytest's."""

    @classmethod
    def begun(cls) -> "_Fork":
        said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed at the end
        sys.stdout.flush()
        return cls(os.fork(), said)

    def end(self, session: pytest.Session) -> int:
        """Wait for its end, and say what it said: its status, or 0 if tests that failed explain it."""
        _, status = os.waitpid(self.pid, 0)
        self.said.seek(0)
        hook = session.config.hook
        failed = False
        for line in self.said:
            report = _read(line, session.config)
            failed |= report.failed
            if report.when == "setup":
                hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
            hook.pytest_runtest_logreport(report=report)
            if report.when == "teardown":
                hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)
        self.said.close()
        code = os.waitstatus_to_exitcode(status)
        is_explained = code == pytest.ExitCode.TESTS_FAILED and failed
        return 0 if is_explained or code == pytest.ExitCode.NO_TESTS_COLLECTED else code

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.said.close()


def _become_silent(session: pytest.Session, said: IO[str]) -> None:
    """What is captured goes to files of this process alone, and what pytest says nowhere."""
    config = session.config
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    capture.suspend_global_capture()
    nowhere = open(os.devnull, "w")  # noqa: SIM115 - closed with pytest
    config.add_cleanup(nowhere.close)
    config.add_cleanup(said.close)
    config.pluginmanager.unregister(name="terminalreporter")
    terminal = pytest.TerminalReporter(config, nowhere)
    terminal.pytest_sessionstart(session)
    config.pluginmanager.register(terminal, "terminalreporter")
    config.pluginmanager.register(_Reporter(config, said))


class _Reporter:
    def __init__(self, config: pytest.Config, said: IO[str]) -> None:
        self._config = config
        self._said = said

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.passed and not report.sections and not report.user_properties:
            plain: object = [getattr(report, name) for name in _PLAIN]
        else:
            plain = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        print(json.dumps(plain), file=self._said, flush=True)


_PLAIN = ("nodeid", "location", "when", "duration", "start", "stop")
"""What a report of a step that has passed says."""


def _read(line: str, config: pytest.Config) -> pytest.TestReport:
    """What a _Reporter has said."""
    plain = json.loads(line)
    if isinstance(plain, list):
        return pytest.TestReport(**dict(zip(_PLAIN, plain, strict=True)), outcome="passed", longrepr=None, keywords={})
    report = config.hook.pytest_report_from_serializable(config=config, data=plain)
    assert isinstance(report, pytest.TestReport)
    return report
