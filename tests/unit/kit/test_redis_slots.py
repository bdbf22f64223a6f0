"""Which node of a cluster serves a key, and how long that is believed."""

import pytest
from redis.crc import key_slot

from kit.stores.redis_slots import CONFIRMED_FOR_S, SlotMap, slot_of

LAST = 16383
A, B, C = "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"
ROWS = [[0, 99, ["127.0.0.1", 1, "id", {}], ["127.0.0.1", 3, "id", {}]], [100, LAST, ["127.0.0.1", 2, "id", {}]]]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("GET", "a"), "a"),
        (("hset", "{a}b", "x", 1), "a"),
        (("EVALSHA", "sha", 2, "{k}1", "{k}2", "x"), "k"),
        (("EVAL", "script", 1, b"k"), "k"),
        (("XREAD", "COUNT", 1, b"BLOCK", 20, b"STREAMS", "{k}1", "0"), "k"),
    ],
)
def test_a_command_goes_by_its_first_key(words: tuple[object, ...], key: str) -> None:
    assert slot_of(words) == key_slot(key.encode())


@pytest.mark.parametrize(
    "words", [("PING",), ("SCRIPT LOAD", "return 1"), ("WAIT", 1, 100), ("TIME",), ("EVAL", "x", 0)]
)
def test_some_commands_have_no_key(words: tuple[object, ...]) -> None:
    assert slot_of(words) is None


def test_what_a_node_replied_is_learned_and_a_node_that_names_no_host_is_itself() -> None:
    slots = SlotMap([A])
    assert (slots.owner(0), slots.owners) == (None, [])
    slots.learn(ROWS, asked=A)
    assert (slots.owner(99), slots.owner(100), slots.owners) == (A, B, [A, B])
    slots.learn([[0, LAST, ["", 1, "id"]]], asked=A)
    assert slots.owners == [A]
    assert slots.moved(7, "", 2, asked=A) == B
    assert (slots.owner(6), slots.owner(7), slots.owner(8)) == (A, B, A)


def test_a_node_is_believed_as_long_as_it_or_another_about_it_was_heard() -> None:
    now = 1000.0
    slots = SlotMap([A], clock=lambda: now)
    slots.learn(ROWS, asked=A)
    assert slots.is_confirmed(B, answered_at=0)
    assert not slots.is_confirmed(A, answered_at=0), "it is no witness of its own"
    now += CONFIRMED_FOR_S + 0.1
    assert not slots.is_confirmed(B, answered_at=0)
    assert slots.is_confirmed(B, answered_at=now - 0.5)


def test_a_cluster_of_one_node_has_no_other_witness() -> None:
    slots = SlotMap([A], clock=lambda: 1000.0)
    slots.learn([[0, LAST, ["127.0.0.1", 1, "id"]]], asked=A)
    assert slots.is_confirmed(A, answered_at=0)


def test_others_are_asked_about_a_node_before_itself() -> None:
    slots = SlotMap([A, "127.0.0.1:9"])
    assert slots.witnesses(None) == [A, "127.0.0.1:9"]
    slots.learn(ROWS, asked=A)
    asked = slots.witnesses(A)
    assert set(asked[:2]) == {B, C}
    assert asked[2:] == ["127.0.0.1:9", A]
