"""Gives every queue a member on each node of a RabbitMQ cluster: those declared before the last joined lack some."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from outcomes import Failed
from readiness import Check

_GROW = (
    '[rabbit_quorum_queue:grow(Node, <<".*">>, <<".*">>, all) || Node <- rabbit_nodes:all_running()], '
    'rabbit_amqqueue:rebalance(quorum, <<".*">>, <<".*">>).'
)


class AllMembers:
    """A readiness check that does so once those who declare queues are ready. Old versions of RabbitMQ
    never do it by themselves. That it was done is noted beside the data."""

    def __init__(self, declaring: Sequence[Check], environment: Mapping[str, str], root: Path) -> None:
        self._declaring = declaring
        self._note = Path(environment["VAR_DIR"], "rabbitmq", "queues-have-all-members")
        self._environment = {**environment, "RABBITMQ_NODE": "1"}
        self._command = root / "bin" / "support" / "rabbitmqctl"
        self._process: subprocess.Popen[str] | None = None

    def __call__(self) -> str | None:
        if self._note.exists():
            return None
        if self._process is None:
            if reason := next((reason for check in self._declaring if (reason := check())), None):
                return reason
            self._process = subprocess.Popen(
                [self._command, "eval", _GROW],
                env=self._environment,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        if self._process.poll() is None:
            return "being given their members"
        output, _ = self._process.communicate()
        if self._process.returncode:
            raise Failed(f"RabbitMQ's queues did not get their members:\n{output}")
        self._note.touch()
        return None
