"""Every delivery is acknowledged once, after it was done and never before, in whatever order they are done."""

from hypothesis import given
from hypothesis import strategies as st

from notification.adapters.queue_consumer import AckBatcher


class Broker:
    """Refuses what RabbitMQ refuses with PRECONDITION_FAILED: a tag that it does not wait for."""

    def __init__(self, count: int) -> None:
        self.waits_for = set(range(1, count + 1))

    def ack(self, tag: int, done: set[int], *, multiple: bool = False) -> None:
        assert tag in self.waits_for, "unknown delivery tag"
        acknowledged = {one for one in self.waits_for if one <= tag} if multiple else {tag}
        assert acknowledged <= done, "acknowledged before it was done"
        self.waits_for -= acknowledged


STEPS = st.lists(st.sampled_from(["contiguous", "gaps", "nothing"]), min_size=12)


@given(order=st.permutations(range(1, 13)), steps=STEPS)
def test_in_any_order(order: list[int], steps: list[str]) -> None:
    acks, broker, done = AckBatcher(), Broker(len(order)), set[int]()

    def pop() -> None:
        upto, more = acks.pop_contiguous()
        if upto:
            broker.ack(upto, done, multiple=True)
        assert more == bool(done & broker.waits_for)

    for tag, step in zip(order, steps, strict=False):
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
