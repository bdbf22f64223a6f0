"""Every refusal is a sentence that names what it is about; its status is what the routes reply."""

from typing import Any

import pytest

from enrollment.domain import errors
from kit.errors import AppError

SENTENCES = [
    (errors.ClassUnknown, (7,), 404, "Class 7 does not exist; GET /list shows the classes that do"),
    (errors.ClassInactive, (7,), 409, "Class 7 is not open for enrollment"),
    (errors.SeatsTaken, (7, 30), 409, "All 30 seats of class 7 are taken, offered or waited for"),
    (errors.SectionUnknown, (1, "C#"), 404, "There is no section 1 of C#"),
    (errors.StudentUnknown, ("jo",), 404, "There is no student of the name jo"),
    (errors.ClassFull, (7,), 409, "Class 7 and its waitlist are full; try again later or choose another section"),
    (errors.StillSeated, (7, 3), 409, "3 students are enrolled in class 7; it cannot have fewer seats than that"),
    (
        errors.StillSeated,
        (7, 3, 2),
        409,
        "3 students are enrolled in class 7 and 2 are offered a seat; it cannot have fewer seats than that",
    ),
    (errors.AlreadyEnrolled, (4, 7), 409, "Student 4 is already enrolled in class 7"),
    (errors.AlreadyWaiting, (4, 7), 409, "Student 4 is already on the waitlist of class 7"),
    (errors.AlreadyDropped, (4, 7), 409, "Student 4 has already dropped class 7"),
    (errors.NotEnrolled, (4, 7), 404, "Student 4 is not enrolled in class 7"),
    (
        errors.OnlyWaiting,
        (4, 7),
        404,
        "Student 4 is not enrolled in class 7 but on its waitlist; leave the waitlist instead",
    ),
    (errors.NotWaiting, (4, 7), 404, "Student 4 is not on the waitlist of class 7"),
    (errors.SeatedNotWaiting, (4, 7), 409, "Student 4 is enrolled in class 7, not waiting; drop the class instead"),
    (errors.NotYourClass, (5, 7), 403, "Class 7 is not taught by instructor 5"),
    (errors.NobodyListed, ("waitlist", 7), 404, "Class 7 has no waitlist"),
    (errors.NothingToTell, (4, 7), 404, "Student 4 never had a seat or a place in line in class 7"),
    (errors.NoHistory, (7,), 404, "Class 7 has no history; GET /list shows the classes that exist"),
    (errors.SectionTaken, (2, "CPSC 449"), 409, "Section 2 of CPSC 449 already exists; choose another section number"),
    (errors.InstructorUnknown, (5,), 404, "There is no instructor with id 5"),
    (errors.InstructorUnknown, ("ada",), 404, "There is no instructor of the name ada"),
]


@pytest.mark.parametrize(("refusal", "about", "status", "detail"), SENTENCES)
def test_a_refusal_says_what_it_is_about(
    refusal: type[AppError], about: tuple[Any, ...], status: int, detail: str
) -> None:
    refused = refusal(*about)
    assert (refused.status, refused.detail) == (status, detail)
