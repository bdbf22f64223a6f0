"""Every delivery is acknowledged once, after it was done and never before, in whatever order they are done."""

from hypothesis import given
from hypothesis import strategies as st

from notification.adapters.ack_batcher import AckBatcher


class Broker:
    """Refuses what RabbitMQ refuses with PRECONDITION_FAILED: a tag that it does not wait for."""

    def __init__(self, count: int) -> None:
        self.waits_for = set(range(1, count + 1))

    def ack(self, tag: int, done: set[int], *, multiple: bool = False) -> None:
        assert tag in self.waits_for, "unknown delivery tag"
        acknowledged = {one for one in self.waits_for if one <= tag} if multiple else {tag}
        assert acknowledged <= done, "acknowledged before it was done"
        self.waits_for -= acknowledged


@given(order=st.permutations(range(1, 13)), steps=st.lists(st.sampled_from(["take", "beyond", "nothing"]), min_size=12))
def test_in_any_order(order: list[int], steps: list[str]) -> None:
    acknowledgements, broker, done = AckBatcher(), Broker(len(order)), set[int]()

    def take() -> None:
        upto, more = acknowledgements.take()
        if upto:
            broker.ack(upto, done, multiple=True)
        assert more == bool(done & broker.waits_for)

    for tag, step in zip(order, steps, strict=False):
        done.add(tag)
        acknowledgements.add(tag)
        if step == "take":
            take()
        if step == "beyond":
            for one in acknowledgements.take_beyond():
                broker.ack(one, done)
    take()
    assert broker.waits_for == set(), "all are done, so all are below the next tag to come"


def test_those_done_in_order_share_an_acknowledgement() -> None:
    acknowledgements = AckBatcher()
    assert [acknowledgements.add(tag) for tag in (1, 3, 2, 5)] == [True, False, False, False]
    assert acknowledgements.take() == (3, True)
    assert acknowledgements.take_beyond() == [5]
    assert acknowledgements.add(4)
    assert acknowledgements.take() == (4, False), "5 the broker has already"
    assert acknowledgements.take() == (0, False)
