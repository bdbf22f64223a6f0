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
