"""Keeps classes between rosters, as the stores do, for tests of rules over several classes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from enrollment.domain import errors
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.course_rule import Claim, CourseRule, OneSection
from enrollment.domain.record import Record, State
from enrollment.domain.roster import Roster
from enrollment.service.commands import Command, EndSkips, Promote, SetRule
from enrollment.service.swaps import load_circle, load_partners, turn
from kit.errors import AppError


@dataclass
class Shelves:
    """Keeps classes between rosters, as the database does, and loads no more of a line than it does."""

    sections: dict[int, ClassSection] = field(default_factory=dict)
    records: dict[tuple[int, int], Record] = field(default_factory=dict)
    entries: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    freed: list[int] = field(default_factory=list)
    claims: dict[int, tuple[set[int], int]] = field(default_factory=dict)
    """By student, of the one course there is: the sections and the version."""
    now_s: int = 1_700_000_000

    def add(self, class_id: int, capacity: int, places: int = 9) -> None:
        self.sections[class_id] = ClassSection(
            class_id, "CPSC 449", class_id, "Web", "CS", 5, capacity, places, 0, 0, ClassStatus.ACTIVE, 1, 1000
        )
        self.entries[class_id] = []

    def line(self, class_id: int) -> list[Record]:
        waiting = [r for (c, _), r in self.records.items() if c == class_id and r.state is State.WAITLISTED]
        return sorted(waiting, key=lambda record: record.sequence_number)

    def seated(self, class_id: int) -> set[int]:
        return {s for (c, s), r in self.records.items() if c == class_id and r.state is State.ENROLLED}

    def next_in_line(self, class_id: int, most: int) -> Any:
        return iter([record for record in self.line(class_id) if record.in_turn][:most])

    def load(self, class_id: int, student_ids: Any, moves: int, most_promoted: int) -> Roster:
        if class_id not in self.sections:
            raise errors.ClassUnknown(class_id)
        found = {student: self.records.get((class_id, student)) for student in student_ids}
        named = {student: record and replace(record) for student, record in found.items()}
        section = replace(self.sections[class_id])
        moves += min(most_promoted, section.open_seats)
        head = [replace(record) for record in self.next_in_line(class_id, section.heads_for(moves))]
        roster = Roster(section, named, head, now_s=self.now_s)
        if section.rule.applies:
            roster.claims = {(section.course, student): self.claim(student) for student in roster.records}
        return roster

    def claim(self, student: int) -> Claim:
        classes, version = self.claims.get(student, (set(), 0))
        return Claim({class_id for class_id in classes if student in self.seated(class_id)}, version)

    def set_rule(self, one_section: OneSection, number: int) -> None:
        """As service.courses does."""
        for class_id in self.sections:
            self.commit(class_id, SetRule(CourseRule(one_section, number)))
            if one_section is OneSection.OFF:
                self.commit(class_id, EndSkips(tuple(r.student_id for r in self.line(class_id) if r.skipped_for)))
        if one_section is OneSection.STARTING:
            for class_id in self.sections:
                for student in self.seated(class_id):
                    classes, version = self.claims.get(student, (set(), 0))
                    self.claims[student] = classes | {class_id}, version + 1

    def save(self, rosters: list[Roster]) -> None:
        for roster in rosters:
            if not roster.changed:
                continue
            class_id = roster.section.class_id
            assert roster.loaded.version == self.sections[class_id].version
            self.entries[class_id].append(roster.write_history(datetime.fromtimestamp(self.now_s, UTC).isoformat()))
            roster.section.version += 1
            self.sections[class_id] = roster.section
            self.records |= {(class_id, student): replace(record) for student, record in roster.touched.items()}
        for roster in rosters:
            for (_, student), claim in roster.claimed.items():
                assert claim.version == self.claims.get(student, (set(), 0))[1]
                self.claims[student] = set(claim.held), claim.version + 1
        for roster in rosters:
            for student in roster.seats_given_up:
                self.freed.append(student)

    def commit(self, class_id: int, command: Command[Any]) -> Any:
        """As the unit of work does, without stores that fail: decide, save, promote the rest, turn circles."""
        roster = self.load(class_id, command.student_ids, command.shortens_line, 20)
        load_partners(self, roster, [command])  # type: ignore[arg-type]
        roster.promote_waiting(20)
        try:
            reply = command.mutate(roster)
        except AppError as refusal:
            reply = refusal
        together = {class_id: roster, **{i: partner for i, partner in roster.partners.items() if partner}}
        self.save(list(together.values()))
        for other in together:
            if self.sections[other].has_vacancy_for_waitlist:
                self.commit(other, Promote())
        while circle := load_circle(self, class_id):  # type: ignore[arg-type]
            turn(circle)
            self.save(circle)
        while self.freed:
            student = self.freed.pop()
            for other in self.sections:
                if (other, student) in self.records and self.records[other, student].skipped_for:
                    self.commit(other, EndSkips((student,)))
        return reply
