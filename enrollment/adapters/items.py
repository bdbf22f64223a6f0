"""How a class and an enrollment look as DynamoDB items, and back."""

from enrollment.domain.class_section import ClassSection, ClassStatus, Promotion
from enrollment.domain.course_rule import NO_RULE, CourseRule, OneSection
from enrollment.domain.history import Head
from enrollment.domain.record import Record, State
from kit.stores.dynamo import Item, number, text

LAST = 10**20 - 1  # no order is greater
OFFER_SHARDS = 4  # of the index in which offers lie by the time they run out
ENROLLED, DROPPED = "E#", "D#"
IN_TURN, PAUSED, OFFERED = "W#", "P#", "O#"  # of those who wait
_UNKNOWN = -1  # of a class of version 1.1, which has no history yet, its line may have changed
PREFIXES = {State.ENROLLED: (ENROLLED,), State.WAITLISTED: (IN_TURN, PAUSED, OFFERED), State.DROPPED: (DROPPED,)}
"""The prefix of the `Standing` of every record in this state."""


def class_to_item(section: ClassSection) -> Item:
    """Without the attributes that would say of most classes that they have nothing of a kind: every change of a class
    writes all of them."""
    item = {
        "ClassID": number(section.class_id),
        "CourseCode": text(section.course_code),
        "SectionNumber": number(section.section_number),
        "ClassName": text(section.class_name),
        "Department": text(section.department),
        "InstructorID": number(section.instructor_id),
        "MaxCapacity": number(section.max_capacity),
        "WaitlistMaximum": number(section.waitlist_maximum),
        "CurrentEnrollment": number(section.current_enrollment),
        "CurrentWaitlist": number(section.current_waitlist),
        "Catalog": text(section.status),
        "Version": number(section.version),
        "LineVersion": number(section.line_version),
        "HistoryNumber": number(section.history.number),
        "HistoryHash": text(section.history.hash),
    }
    seldom = {
        "WaitingSwaps": section.waiting_swaps,
        "Paused": section.paused,
        "OpenOffers": section.open_offers,
        "OfferWindow": section.offer_window_s,
        "RuleNumber": section.rule.number,
        "Skipped": section.skipped,
    }
    item |= {name: number(value) for name, value in seldom.items() if value}
    if section.promotion is not Promotion.AUTOMATIC:
        item["Promotion"] = text(section.promotion)
    if section.rule != NO_RULE:
        item["OneSection"] = text(section.rule.one_section)
    if section.line_clock_s != 0:
        item["LineClock"] = number(_UNKNOWN if section.line_clock_s is None else section.line_clock_s)
    return item


def class_from_item(item: Item) -> ClassSection:
    def whole(name: str, without: int = 0) -> int:
        return int(item[name]["N"]) if name in item else without

    return ClassSection(
        class_id=whole("ClassID"),
        course_code=item["CourseCode"]["S"],
        section_number=whole("SectionNumber"),
        class_name=item["ClassName"]["S"],
        department=item["Department"]["S"],
        instructor_id=whole("InstructorID"),
        max_capacity=whole("MaxCapacity"),
        waitlist_maximum=whole("WaitlistMaximum"),
        current_enrollment=whole("CurrentEnrollment"),
        current_waitlist=whole("CurrentWaitlist"),
        status=ClassStatus(item["Catalog"]["S"]),
        version=whole("Version"),
        line_version=whole("LineVersion"),
        history=Head(whole("HistoryNumber"), item["HistoryHash"]["S"]) if "HistoryNumber" in item else Head(),
        waiting_swaps=whole("WaitingSwaps"),
        paused=whole("Paused"),
        open_offers=whole("OpenOffers"),
        promotion=Promotion(item["Promotion"]["S"]) if "Promotion" in item else Promotion.AUTOMATIC,
        offer_window_s=whole("OfferWindow"),
        rule=CourseRule(OneSection(item["OneSection"]["S"]), whole("RuleNumber")) if "OneSection" in item else NO_RULE,
        skipped=whole("Skipped"),
        line_clock_s=_line_clock(whole("LineClock", 0 if "HistoryNumber" in item else _UNKNOWN)),
    )


def _line_clock(clock_s: int) -> int | None:
    return None if clock_s == _UNKNOWN else clock_s


def standing(record: Record) -> str:
    """The sort key of the index: the state, then the order within it."""
    if record.state is State.WAITLISTED:
        prefix = PAUSED if record.paused else OFFERED if record.offered_until_s else IN_TURN
        return in_order(prefix, record.sequence_number)
    return in_order(PREFIXES[record.state][0], record.enrollment_id)


def in_order(prefix: str, order: int) -> str:
    return f"{prefix}{order:020d}"


def record_to_item(class_id: int, record: Record) -> Item:
    item = {
        "ClassID": number(class_id),
        "StudentID": number(record.student_id),
        "EnrollmentID": number(record.enrollment_id),
        "EnrollmentState": text(record.state),
        "Standing": text(standing(record)),
        "CameAt": number(record.came_at),
    }
    if record.state is State.WAITLISTED:
        item["LinePlace"] = number(record.sequence_number)
        item["WaitingSince"] = number(record.since_s)
        item["WaitingStudent"] = number(record.student_id)
        if record.swap_from:
            item["SwapFrom"] = number(record.swap_from)
        if record.skipped_for:
            item["SkippedFor"] = number(record.skipped_for)
        if record.offered_until_s:
            item["OfferShard"] = number(class_id % OFFER_SHARDS)
            item["OfferedUntil"] = number(record.offered_until_s)
    return item


def record_from_item(item: Item) -> Record:
    return Record(
        student_id=int(item["StudentID"]["N"]),
        state=State(item["EnrollmentState"]["S"]),
        enrollment_id=int(item["EnrollmentID"]["N"]),
        sequence_number=int(item["LinePlace"]["N"]) if "LinePlace" in item else 0,
        since_s=int(item["WaitingSince"]["N"]) if "WaitingSince" in item else 0,
        came_at=int(item["CameAt"]["N"]) if "CameAt" in item else 0,
        swap_from=int(item["SwapFrom"]["N"]) if "SwapFrom" in item else 0,
        paused=item["Standing"]["S"].startswith(PAUSED),
        offered_until_s=int(item["OfferedUntil"]["N"]) if "OfferedUntil" in item else 0,
        skipped_for=int(item["SkippedFor"]["N"]) if "SkippedFor" in item else 0,
    )
