"""Load over HTTP: wrk, which costs little CPU, so that the server is what is measured."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import httpx

from bench.processes import HERE, Found, Process
from bench.samples import Sample


class LoadFailed(Exception):
    pass


@dataclass
class Load:
    """Requests `method template` to `server`, numbered from `first`; see wrk.lua. Callable for so many seconds.

    Without `last` the numbers go on counting from one call to the next, so no student is named twice.
    """

    server: Process | Found
    template: str
    method: str = "GET"
    first: int = 1
    last: int = 0
    body: str = ""
    classes: Sequence[int] = ()
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 32

    def __call__(self, seconds: float) -> Sample:
        before = self.server.cpu_s()
        sample = replace(self._run(seconds), cpu_s=self.server.cpu_s() - before)
        if not self.last:
            # wrk asks for one request more than it sends for each connection, and one to look at.
            self.first += sample.count + 4 * self.connections
        return sample

    def answered(self, status: int) -> "Load":
        """Itself. Raises LoadFailed where the first or the last of the numbers gets another reply."""
        for number in (self.first, self.last or self.first):
            url, *values = (
                text.replace("{n}", str(number)) for text in (self.server.url + self.template, *self.headers.values())
            )
            headers = dict(zip(self.headers, values, strict=True))
            reply = httpx.request(self.method, url, headers=headers, timeout=10, trust_env=False)
            if reply.status_code != status:
                raise LoadFailed(f"{self.method} {url} is answered {reply.status_code}, not {status}")
        return self

    def pid(self) -> int:
        """Of the server, which is a Python process unless it is a gateway."""
        return self.server.pid

    def start(self, seconds: float) -> "subprocess.Popen[str]":
        return subprocess.Popen(self._command(seconds), stdout=subprocess.PIPE, text=True, env=_quiet_environment())

    def _run(self, seconds: float) -> Sample:
        with self.start(seconds) as wrk:
            output, _ = wrk.communicate(timeout=seconds + 30)
        return read(output)

    def _command(self, seconds: float) -> list[str]:
        headers = [word for name, value in self.headers.items() for word in ("-H", f"{name}: {value}")]
        # wrk takes whole seconds only.
        duration = f"{max(1, round(seconds))}s"
        options = ["-t1", f"-c{self.connections}", f"-d{duration}", "--timeout", "15s", "-s", str(HERE / "wrk.lua")]
        words = [
            self.method,
            self.template,
            str(self.first),
            str(self.last),
            self.body,
            *map(str, self.classes),
        ]
        return ["wrk", *options, *headers, self.server.url, "--", *words]


def read(output: str) -> Sample:
    """The sample in the last line of what wrk printed. Raises LoadFailed."""
    try:
        return Sample(**json.loads(output.strip().rpartition("\n")[2]))
    except (ValueError, TypeError):
        raise LoadFailed(f"wrk did not report: {output[-300:]}") from None


def _quiet_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
