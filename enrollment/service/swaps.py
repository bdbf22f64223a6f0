"""Swaps: the other classes that a decision about one class changes with it, in the same transaction.

A swap gives up a seat in another class in the moment of getting one here, so that class is loaded and saved too, as
a partner. Each class keeps its own version as its fence: of two transactions that share a class one is saved and the
other decided again. Nothing is locked, so nothing can lock up.

A circle: the first in line for each of some full classes sits in the next of them, and so on around. All of them move
at once, though no seat is free: nobody ahead of them is passed over.
"""

from collections.abc import Iterable
from itertools import pairwise

from enrollment.domain.course_rule import MOST_SKIPPED, Claims
from enrollment.domain.errors import ClassUnknown
from enrollment.domain.history import What
from enrollment.domain.roster import Roster
from enrollment.service.commands import Command
from enrollment.service.ports import RosterCommits

MOST_HEADS = 3  # of those next in line: in one transaction, the others move in the next
WRITES_OF_PARTNER = 7  # the class, its history, two records, their events, and the other record
WRITES_OF_RULED_PARTNER = WRITES_OF_PARTNER + 1 + MOST_SKIPPED  # and a claim, and those who are passed over
LONGEST_CIRCLE = 4


def load_partners(rosters: RosterCommits, roster: Roster, commands: Iterable[Command[object]]) -> None:
    """Load, into `roster.partners`, the classes in which somebody may give up a seat for one in the roster's class.

    These are the students whose commands say so and the next in line. Raises Unavailable.
    """
    giving_up: list[tuple[int, int]] = []
    seated = roster.head[:MOST_HEADS]
    for command in commands:
        if seat := command.gives_up:
            giving_up.append(seat)
        if command.seats_waiting:
            seated += [record for student_id in command.student_ids if (record := roster.records.get(student_id))]
    giving_up += [(record.swap_from, record.student_id) for record in seated if record.swap_from]
    if not giving_up:
        return
    partners: dict[int, Roster | None] = {roster.section.class_id: roster}
    for class_id in dict.fromkeys(class_id for class_id, _ in giving_up):
        students = [student_id for other, student_id in giving_up if other == class_id]
        try:
            partners[class_id] = rosters.load(class_id, students, moves=len(students), most_promoted=0)
        except ClassUnknown:
            partners[class_id] = None
    _introduce(partners)


def load_circle(rosters: RosterCommits, class_id: int) -> list[Roster]:
    """The rosters of a circle that begins with this class, each one's first in line sitting in the next one.

    Empty if there is none. Raises ClassUnknown, Unavailable.
    """
    heads = _heads_from(rosters, class_id)
    partners: dict[int, Roster | None] = {}
    for other, after in pairwise([*heads, class_id]) if heads else ():
        partners[after] = rosters.load(after, [heads[other]], moves=1, most_promoted=0)
    _introduce(partners)
    circle = [partner for other in heads if (partner := partners[other])]
    return circle if all(roster.head and roster.may_swap(roster.head[0]) for roster in circle) else []


def turn(circle: list[Roster]) -> None:
    """Everybody in the circle moves on: all seats are given up, then each goes to the first in line for it."""
    for roster in circle:
        if partner := roster.partner_of(roster.head[0]):
            partner.give_up(roster.head[0].student_id, roster.section.class_id)
    for roster in circle:
        roster.seat_waiting(roster.head[0], What.PROMOTED, gives_up=True)


def _heads_from(rosters: RosterCommits, class_id: int) -> dict[int, int]:
    """By class the first in line, who sits in the class after it; empty if that does not lead back to the first."""
    heads: dict[int, int] = {}
    other = class_id
    while len(heads) < LONGEST_CIRCLE:
        head = next(rosters.next_in_line(other, most=1), None)
        if head is None or not head.swap_from:
            return {}
        heads[other], other = head.student_id, head.swap_from
        if other == class_id:
            return heads
        if other in heads:
            return {}  # a circle that this class is not part of
    return {}


def _introduce(partners: dict[int, Roster | None]) -> None:
    """Each knows all, and all know of the same seats: who gets one in a class has it in the sight of the others."""
    claims: Claims = {}
    for partner in partners.values():
        if partner:
            claims = {**partner.claims, **claims}
    for partner in partners.values():
        if partner:
            partner.partners, partner.claims = partners, claims
