"""The rules of one class, told a second time and as plainly as possible, to compare the real system with.

Every method returns what the service must answer: the status, and the body if the status is 200.
"""

from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, dict[str, Any] | None]


@dataclass
class ModelClass:
    class_id: int
    capacity: int
    places: int
    active: bool = True
    seated: set[int] = field(default_factory=set)
    line: list[int] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)  # student → enrollment id, kept over drops
    next_number: int = 1

    def enroll(self, student: int) -> Answer:
        if student in self.seated or student in self.line or not self.active:
            return 409, None
        if len(self.seated) < self.capacity:
            self.seated.add(student)
            if student in self.numbers:
                return 200, {
                    "message": "Enrollment updated successfully",
                    "updated_status": "ENROLLED",
                    "updated_current_enrollment": len(self.seated),
                }
            return 200, {
                "message": "Enrollment added successfully",
                "enrollment_item": {
                    "EnrollmentID": self._number(student),
                    "StudentID": student,
                    "ClassID": self.class_id,
                    "EnrollmentState": "ENROLLED",
                },
                "updated_current_enrollment": len(self.seated),
            }
        if len(self.line) >= self.places:
            return 409, None
        self.line.append(student)
        self._number(student)
        return 200, {"message": "Student added to waitlist"}

    def drop(self, student: int) -> Answer:
        if student in self.line or student not in self.numbers:
            return 404, None
        if student not in self.seated:
            return 409, None
        self.seated.remove(student)
        promoted = bool(self.line)
        if promoted:
            self.seated.add(self.line.pop(0))
        return 200, {
            "message": "Class dropped updated successfully",
            "updated_status": "DROPPED",
            "new_student": "ENROLLED" if promoted else None,
            "updated_current_enrollment": len(self.seated),
        }

    def leave(self, student: int) -> Answer:
        if student not in self.numbers:
            return 404, None
        if student not in self.line:
            return 409, None
        self.line.remove(student)
        return 200, {"Element removed": student}

    def position(self, student: int) -> Answer:
        if student not in self.line:
            return 404, None
        return 200, {"position": self.line.index(student) + 1, "length": len(self.line)}

    def resize(self, capacity: int, places: int) -> Answer:
        if capacity < len(self.seated):
            return 409, None
        self.capacity, self.places = capacity, places
        while self.line and len(self.seated) < capacity:
            self.seated.add(self.line.pop(0))
        return 200, None

    def set_active(self, active: bool) -> None:
        self.active = active

    def _number(self, student: int) -> int:
        if student not in self.numbers:
            self.numbers[student], self.next_number = self.next_number, self.next_number + 1
        return self.numbers[student]


@dataclass
class ModelCourse:
    """The sections of a course (class id → seats) of which one may be held, each with a line that is never full.

    Every method returns the status. A student who waits in a section and has a seat in another one is passed over,
    unless they wait to swap it; who is next in line for each other's seat, around a circle, moves at once.
    """

    capacities: dict[int, int]
    seated: dict[int, set[int]] = field(init=False)
    lines: dict[int, list[int]] = field(init=False)
    swaps: dict[tuple[int, int], int] = field(default_factory=dict)  # class, student → the class that is given up
    skipped: set[tuple[int, int]] = field(default_factory=set)  # class, student
    known: set[tuple[int, int]] = field(default_factory=set)  # class, student, of every record

    def __post_init__(self) -> None:
        self.seated = {class_id: set() for class_id in self.capacities}
        self.lines = {class_id: [] for class_id in self.capacities}

    def enroll(self, student: int, class_id: int) -> int:
        if student in self.lines[class_id] or any(student in seated for seated in self.seated.values()):
            return 409
        self._come(student, class_id)
        return 200

    def swap(self, student: int, old: int, new: int) -> int:
        if student not in self.seated[old]:
            return 409 if (old, student) in self.known and student not in self.lines[old] else 404
        self.swaps[new, student] = old
        self.skipped.discard((new, student))
        if student not in self.lines[new]:
            self._come(student, new)
        self._settle()
        return 200

    def drop(self, student: int, class_id: int) -> int:
        if student not in self.seated[class_id]:
            return 409 if (class_id, student) in self.known and student not in self.lines[class_id] else 404
        self.seated[class_id].remove(student)
        self._settle(first=class_id)
        self.skipped -= {(other, student) for other in self.capacities}
        self._settle()
        return 200

    def leave(self, student: int, class_id: int) -> int:
        if (class_id, student) not in self.known:
            return 404
        if student not in self.lines[class_id]:
            return 409
        self._leave_line(student, class_id)
        self._settle()
        return 200

    def _come(self, student: int, class_id: int) -> None:
        self.known.add((class_id, student))
        self.lines[class_id].append(student)
        self._settle()

    def _leave_line(self, student: int, class_id: int) -> None:
        self.lines[class_id].remove(student)
        self.swaps.pop((class_id, student), None)
        self.skipped.discard((class_id, student))

    def _settle(self, first: int = 0) -> None:
        order = sorted(self.capacities, key=lambda class_id: class_id != first)
        while any(self._place_next(class_id) for class_id in order) or any(map(self._turn_circle, order)):
            pass

    def _next(self, class_id: int) -> int | None:
        return next((s for s in self.lines[class_id] if (class_id, s) not in self.skipped), None)

    def _place_next(self, class_id: int) -> bool:
        student = self._next(class_id)
        if student is None or len(self.seated[class_id]) >= self.capacities[class_id]:
            return False
        held = [other for other, seated in self.seated.items() if student in seated]
        if held and self.swaps.get((class_id, student)) not in held:
            self.skipped.add((class_id, student))
        else:
            self._leave_line(student, class_id)
            self.seated[class_id].add(student)
            for other in held:
                self.seated[other].remove(student)
        return True

    def _turn_circle(self, class_id: int) -> bool:
        circle: dict[int, int] = {}
        other: int | None = class_id
        while other is not None and other not in circle and len(circle) < 4:
            student = self._next(other)
            old = self.swaps.get((other, student)) if student is not None else None
            if student is None or old is None or student not in self.seated[old]:
                return False
            circle[other], other = student, old
        if other != class_id:
            return False
        for other, student in circle.items():
            self.seated[self.swaps[other, student]].remove(student)
        for other, student in circle.items():
            self._leave_line(student, other)
            self.seated[other].add(student)
        return True
