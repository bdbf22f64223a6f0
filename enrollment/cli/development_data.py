"""Development data, `python -m enrollment.cli.development_data`: ten classes and three older enrollments.

Loaded only when there is no class yet. With it the founding document's walk-through comes out number for number:
class 2 holds two students and class 4 one, both empty; the enrollments on record have ids 1 to 3 and are elsewhere.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from enrollment.adapters import items
from enrollment.adapters.class_store import ClassStore
from enrollment.adapters.tables import Tables
from enrollment.bootstrap import bootstrap
from enrollment.domain.class_history import first_entry
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.domain.errors import SectionTaken
from enrollment.domain.moments import now_as_text
from enrollment.domain.record import Record, State
from enrollment.service.catalog import first_line_version
from enrollment.settings import EnrollmentSettings
from kit.observability import logs
from kit.settings import load
from kit.stores import dynamo_tables
from kit.stores.dynamo import number, text

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# course code, section, name, department, instructor, seats, places in line
CLASSES = (
    ("CPSC 120", 1, "Introduction to Programming", "Computer Science", 5, 40, 15),
    ("CPSC 449", 1, "Web Back-End Engineering", "Computer Science", 5, 2, 15),
    ("CPSC 335", 1, "Algorithm Engineering", "Computer Science", 6, 35, 15),
    ("CPSC 471", 1, "Computer Communications", "Computer Science", 6, 1, 15),
    ("MATH 270", 1, "Mathematical Structures", "Mathematics", 7, 30, 10),
    ("MATH 338", 2, "Statistics Applied to Natural Sciences", "Mathematics", 7, 30, 10),
    ("ENGL 101", 4, "Beginning College Writing", "English", 7, 25, 15),
    ("CPSC 483", 1, "Introduction to Machine Learning", "Computer Science", 6, 2, 15),
    ("PHYS 225", 1, "Fundamental Physics: Mechanics", "Physics", 5, 24, 8),
    ("HIST 180", 3, "Survey of American History", "History", 7, 45, 20),
)
# class, student, state; the enrollment ids are 1, 2, 3
ENROLLMENTS = ((1, 8, State.ENROLLED), (3, 9, State.ENROLLED), (5, 10, State.DROPPED))


def load_if_empty(client: "DynamoDBClient", tables: Tables, classes: ClassStore) -> bool:
    """True if the data was loaded; False if there ever was a class. Cut short, it starts over when called again."""
    class_counter = {"Key": text("next:ClassID")}
    if "Item" in client.get_item(TableName=tables.keys, Key=class_counter, ConsistentRead=True):
        return False
    for enrollment_id, (class_id, student_id, state) in enumerate(ENROLLMENTS, start=1):
        record = Record(student_id, state, enrollment_id)
        client.put_item(TableName=tables.enrollments, Item=items.record_to_item(class_id, record))
    for section in _classes():
        with suppress(SectionTaken):
            enrolled = (row[1] for row in ENROLLMENTS if row[0] == section.class_id and row[2] is State.ENROLLED)
            entry = first_entry(section, now_as_text(), seated=enrolled)
            classes.add(section, entry)
    # The counters come last: they say that everything before them is there.
    enrollment_counter = {"Key": text("next:EnrollmentID")}
    client.put_item(TableName=tables.keys, Item={**enrollment_counter, "Value": number(len(ENROLLMENTS))})
    client.put_item(TableName=tables.keys, Item={**class_counter, "Value": number(len(CLASSES))})
    return True


def _classes() -> Iterator[ClassSection]:
    for class_id, (course, section, name, department, instructor, seats, places) in enumerate(CLASSES, start=1):
        yield ClassSection(
            class_id=class_id,
            course_code=course,
            section_number=section,
            class_name=name,
            department=department,
            instructor_id=instructor,
            max_capacity=seats,
            waitlist_maximum=places,
            current_enrollment=sum(row[0] == class_id and row[2] is State.ENROLLED for row in ENROLLMENTS),
            current_waitlist=0,
            status=ClassStatus.ACTIVE,
            version=1,
            line_version=first_line_version(),
        )


def main() -> None:
    settings = load(EnrollmentSettings)
    logs.configure("WARNING")
    deps = bootstrap(settings, "development-data")
    dynamo_tables.ensure_tables(deps.database, deps.tables.definitions)
    loaded = load_if_empty(deps.database, deps.tables, deps.classes)
    for section in _classes() if loaded else ():
        deps.listing.committed(section)
    deps.listing.close()
    print(f"classes: {f'{len(CLASSES)} loaded' if loaded else 'already there'}")


if __name__ == "__main__":
    main()
