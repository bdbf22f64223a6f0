"""Tests in several processes, forks of one that has imported and found them all: `pytest -p tests.support.several`.

Two processes of pytest would import most things twice. Here each takes the next file when it is through with one, and
there is one process more than processors, since some tests wait. What the forks say of their tests is shown after our
own; all of it counts, and so does how a fork ends, for whatever is found wrong of it after its last test.

Nearly all reports say no more than that a step of a test has passed, and of these no more than that is sent: the test's
keywords and whatever else pytest keeps in a report would take longer to write and to read than many a test.
"""

import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import IO

import pytest

PROCESSES = len(os.sched_getaffinity(0)) + 1
_NUMBER_BYTES = 2


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    option = session.config.option
    if session.testsfailed or option.collectonly or option.usepdb or not session.items:
        return None  # pytest does and says what it always does
    assert threading.active_count() == 1, "of several threads a fork has one"
    files = [list(tests) for _, tests in groupby(session.items, key=lambda item: item.path)]
    numbers = _numbers(len(files))
    forks = []
    for _ in range(min(PROCESSES, len(files)) - 1):
        fork = _Fork.begun()
        if fork.pid == 0:
            _become_silent(session, fork.said)
            for elder in forks:
                elder.said.close()
            forks = []
            break
        forks.append(fork)
    _run(session, chain.from_iterable(files[number] for number in numbers))
    if strange := [code for fork in forks if (code := fork.end(session))]:
        raise session.Interrupted(f"processes of the tests ended with {strange}, and no test says why")
    return True


def _numbers(count: int) -> Iterator[int]:
    """Those from 0 on, each in one of the processes that go on from here."""
    left, given = os.pipe()
    with open(given, "wb") as pipe:
        pipe.writelines(number.to_bytes(_NUMBER_BYTES) for number in range(count))

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
        return 0 if failed and code == pytest.ExitCode.TESTS_FAILED else code


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
