"""The operator's command for notices that could not be delivered: `bin/dead-letters`.

Ends with 0, 1 when no dead letter matches, 2 on wrong usage, 3 when RabbitMQ does not answer.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from pika.exceptions import AMQPError

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging.amqp import Hosts, connect
from kit.settings import AmqpSettings, load
from notification.adapters.dead_letter_queue import DeadLetter, DeadLetterQueue

NO_MATCH, NO_BROKER = 1, 3

_EXAMPLES = """\
examples:
  bin/dead-letters list                 every dead letter with its reason
  bin/dead-letters show ID              one in full
  bin/dead-letters replay ID            send it again
  bin/dead-letters replay all webhook   send all webhooks again
  bin/dead-letters drop ID email        forget one mail

exit status: 0 done, 1 nothing matches, 2 wrong usage, 3 RabbitMQ does not answer
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status.

    What it says comes when all is done: a pager that is left open must not hold up the connection until RabbitMQ
    closes it, nor one that is closed early end the work half-way.
    """
    wanted = _parser().parse_args(arguments)
    settings = load(AmqpSettings)
    channels = [wanted.channel] if wanted.channel else list(Channel)
    lines: list[str] = []
    try:
        with _queues(settings, channels) as queues:
            if wanted.command == "list":
                status = _list(queues, lines.append)
            else:
                status = _for_each(queues, wanted.id, _ACTIONS[wanted.command], lines.append)
    except (AMQPError, OSError) as error:
        _complain(
            f"RabbitMQ does not answer on {Hosts(settings.amqp_url, '')} ({type(error).__name__}). "
            "Is the system running? Another one's address goes into AMQP_URL"
        )
        status = NO_BROKER
    _print(lines)
    return status


def _print(lines: Iterable[str]) -> None:
    try:
        for line in lines:
            print(line)  # noqa: T201 - a command
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has enough. Python would flush what is left once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - a command


@contextmanager
def _queues(settings: AmqpSettings, channels: Iterable[str]) -> Iterator[list[DeadLetterQueue]]:
    connection = connect(Hosts(settings.amqp_url, "dead-letters").all)
    try:
        topology = Topology(settings.amqp_prefix)
        yield [DeadLetterQueue(connection.channel(), topology, channel) for channel in channels]
    finally:
        if connection.is_open:
            connection.close()  # gives back every letter that was not acknowledged


def _list(queues: Iterable[DeadLetterQueue], out: Callable[[str], object]) -> int:
    count = 0
    for queue in queues:
        for letter in queue.letters():
            if count == 0:
                out(f"{'ID':36}  {'CHANNEL':7}  {'CLASS/STUDENT':13}  {'ATTEMPTS':>8}  {'SINCE':20}  REASON")
            count += 1
            out(
                f"{letter.id:36}  {letter.channel:7}  {_whom(letter):13}  {letter.attempts:>8}  "
                f"{letter.died_at:20}  {_printable(letter.reason)}"
            )
    out(f"{count} dead letter{'' if count == 1 else 's'}")
    return 0


def _for_each(
    queues: Iterable[DeadLetterQueue],
    wanted_id: str,
    action: Callable[[DeadLetterQueue, DeadLetter], str],
    out: Callable[[str], object],
) -> int:
    found = False
    for queue in queues:
        for letter in queue.letters():
            if wanted_id in (letter.id, "all"):
                out(action(queue, letter))
                found = True
    if not found and wanted_id != "all":
        _complain(f"No dead letter has the id {wanted_id}; see `bin/dead-letters list`")
        return NO_MATCH
    if not found:
        out("0 dead letters")
    return 0


def _show(_: DeadLetterQueue, letter: DeadLetter) -> str:
    return "\n".join(
        (
            f"id:        {letter.id}",
            f"channel:   {letter.channel}",
            f"to:        class/student {_whom(letter)}",
            f"reason:    {_printable(letter.reason)}",
            f"attempts:  {letter.attempts}",
            f"since:     {letter.died_at}",
            f"body:      {_printable(letter.body[:4000].decode('utf-8', 'backslashreplace'))}",
        )
    )


def _replay(queue: DeadLetterQueue, letter: DeadLetter) -> str:
    queue.replay(letter)
    return f"{letter.id} {letter.channel} is sent again"


def _drop(queue: DeadLetterQueue, letter: DeadLetter) -> str:
    queue.drop(letter)
    return f"{letter.id} {letter.channel} dropped"


_ACTIONS = {"show": _show, "replay": _replay, "drop": _drop}


def _printable(text: str) -> str:
    """Without control characters: what strangers wrote must not command the operator's terminal."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _whom(letter: DeadLetter) -> str:
    return "?" if letter.event is None else f"{letter.event.class_id}/{letter.event.student_id}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/dead-letters",
        description="Notices that could not be delivered: look at them, send them again, drop them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="list|show|replay|drop")
    for name, text in (
        ("list", "one line for each"),
        ("show", "one in full"),
        ("replay", "send it again: the attempts start over"),
        ("drop", "remove it for good"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        if name != "list":
            accepts = "the dead letter's id" if name == "show" else "the dead letter's id, or `all`"
            command.add_argument("id", metavar="ID" if name == "show" else "ID|all", help=accepts)
        command.add_argument("channel", nargs="?", choices=[*Channel], help="only of this channel")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
