"""The refusals of the enrollment service. Each carries the sentence the caller reads."""

from kit.errors import Conflict, Forbidden, NotFound


class ClassUnknown(NotFound):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"Class {class_id} does not exist; GET /list shows the classes that do")


class ClassInactive(Conflict):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"Class {class_id} is not open for enrollment")


class ClassFull(Conflict):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"Class {class_id} and its waitlist are full; try again later or choose another section")


class SeatsTaken(Conflict):
    def __init__(self, class_id: int, max_capacity: int) -> None:
        super().__init__(f"All {max_capacity} seats of class {class_id} are taken, offered or waited for")


class SectionUnknown(NotFound):
    def __init__(self, section: int, course_code: str) -> None:
        super().__init__(f"There is no section {section} of {course_code}")


class StudentUnknown(NotFound):
    def __init__(self, username: str) -> None:
        super().__init__(f"There is no student of the name {username}")


class SameClass(Conflict):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"Class {class_id} cannot be swapped for itself; name two classes")


class StillSeated(Conflict):
    def __init__(self, class_id: int, enrolled: int, offered: int = 0) -> None:
        on_offer = f" and {offered} are offered a seat" if offered else ""
        super().__init__(
            f"{enrolled} students are enrolled in class {class_id}{on_offer}; it cannot have fewer seats than that"
        )


class AlreadyEnrolled(Conflict):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} is already enrolled in class {class_id}")


class SeatInCourse(Conflict):
    """The rule of one section per course."""

    def __init__(self, student_id: int, class_id: int, held: int) -> None:
        super().__init__(
            f"Student {student_id} has a seat in class {held}, and of this course only one section may be held; "
            f"swap class {held} for class {class_id} instead"
        )


class AlreadyWaiting(Conflict):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} is already on the waitlist of class {class_id}")


class AlreadyDropped(Conflict):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} has already dropped class {class_id}")


class NotEnrolled(NotFound):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} is not enrolled in class {class_id}")


class OnlyWaiting(NotFound):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(
            f"Student {student_id} is not enrolled in class {class_id} but on its waitlist; leave the waitlist instead"
        )


class NotWaiting(NotFound):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} is not on the waitlist of class {class_id}")


class SeatedNotWaiting(Conflict):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} is enrolled in class {class_id}, not waiting; drop the class instead")


class SeatOffered(Conflict):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} is offered a seat in class {class_id}; accept or decline it first")


class NoOffer(Conflict):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"No seat in class {class_id} is offered to student {student_id} now; the position tells more")


class OfferLinkUnknown(NotFound):
    def __init__(self) -> None:
        super().__init__("This link leads to no offer; copy it whole from the mail, or log in to see your offers")


class NotYourClass(Forbidden):
    def __init__(self, instructor_id: int, class_id: int) -> None:
        super().__init__(f"Class {class_id} is not taught by instructor {instructor_id}")


class NobodyListed(NotFound):
    def __init__(self, who: str, class_id: int) -> None:
        super().__init__(f"Class {class_id} has no {who}")


class NothingToTell(NotFound):
    def __init__(self, student_id: int, class_id: int) -> None:
        super().__init__(f"Student {student_id} never had a seat or a place in line in class {class_id}")


class NoHistory(NotFound):
    def __init__(self, class_id: int) -> None:
        super().__init__(f"Class {class_id} has no history; GET /list shows the classes that exist")


class SectionTaken(Conflict):
    def __init__(self, section: int, course_code: str) -> None:
        super().__init__(f"Section {section} of {course_code} already exists; choose another section number")


class InstructorUnknown(NotFound):
    """By id or by user name."""

    def __init__(self, instructor: int | str) -> None:
        called = f"with id {instructor}" if isinstance(instructor, int) else f"of the name {instructor}"
        super().__init__(f"There is no instructor {called}")


class VersionConflict(Exception):
    """Somebody else changed the class since it was loaded, or is doing so now: load it and decide again."""
