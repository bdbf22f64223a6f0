"""Every delivery is acknowledged once, after it was done and never before, in whatever order they are done."""

from hypothesis import given, note

from notification.adapters.queue_consumer import AckBatcher
from tests.support.scripts import Script, scripts


class Broker:
    """Refuses what RabbitMQ refuses with PRECONDITION_FAILED: a tag that it does not wait for."""

    def __init__(self, count: int) -> None:
        self.waits_for = set(range(1, count + 1))

    def ack(self, tag: int, done: set[int], *, multiple: bool = False) -> None:
        assert tag in self.waits_for, "unknown delivery tag"
        acknowledged = {one for one in self.waits_for if one <= tag} if multiple else {tag}
        assert acknowledged <= done, "acknowledged before it was done"
        self.waits_for -= acknowledged


COUNT = 12


@given(scripts(about=2 * COUNT))
def test_in_any_order(script: Script) -> None:
    acks, broker, done = AckBatcher(), Broker(COUNT), set[int]()
    to_come = list(range(1, COUNT + 1))

    def pop() -> None:
        upto, more = acks.pop_contiguous()
        if upto:
            broker.ack(upto, done, multiple=True)
        assert more == bool(done & broker.waits_for)

    while to_come:
        tag = to_come.pop(script.number(0, len(to_come) - 1))
        step = script.one_of(["contiguous", "gaps", "nothing"])
        note(f"{tag}, then {step}")
        done.add(tag)
        acks.mark_done(tag)
        if step == "contiguous":
            pop()
        if step == "gaps":
            for one in acks.pop_gaps():
                broker.ack(one, done)
    pop()
    assert broker.waits_for == set(), "all are done, so all are below the next tag to come"


def test_those_done_in_order_share_an_acknowledgement() -> None:
    acks = AckBatcher()
    assert [acks.mark_done(tag) for tag in (1, 3, 2, 5)] == [True, False, False, False]
    assert acks.pop_contiguous() == (3, True)
    assert acks.pop_gaps() == [5]
    assert acks.mark_done(4)
    assert acks.pop_contiguous() == (4, False), "5 the broker has already"
    assert acks.pop_contiguous() == (0, False)
