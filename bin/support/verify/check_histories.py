"""Each class of the campaign held to its history, as bin/audit does it."""

from collections.abc import Iterable, Iterator

from enrollment.audit.auditor import audit
from enrollment.audit.courses import Courses
from enrollment.audit.swaps import Swaps
from enrollment.cli.audit import StoredClasses
from kit.errors import Unavailable
from verify import columns
from verify.history import Violation


def check(source: StoredClasses, class_ids: Iterable[int]) -> Iterator[Violation]:
    """What does not fit, also of classes that were removed."""
    courses, swaps = Courses(), Swaps()
    try:
        for class_id in class_ids:
            if reason := audit(source, class_id, courses, swaps):
                yield Violation(columns.AUDIT, f"class {class_id}: {reason}")
        for reason in (*courses.wrong(source.has_seat), *swaps.wrong(source.entries)):
            yield Violation(columns.AUDIT, reason)
    except Unavailable as error:
        yield Violation(columns.AUDIT, str(error))
