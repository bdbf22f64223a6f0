"""`bin/rebuild-waitlists`: rebuild every line in Redis from DynamoDB and print what differed."""

from enrollment.domain.roster import Standing
from enrollment.parts import put_together
from enrollment.settings import EnrollmentSettings
from kit import logs
from kit.settings import load


def main() -> None:
    settings = load(EnrollmentSettings)
    logs.configure("WARNING")
    parts = put_together(settings, "rebuild-waitlists")
    classes = differing = 0
    for standing in (Standing.ACTIVE, Standing.INACTIVE):
        for page in parts.classes.pages(standing):
            for facts in page:
                classes += 1
                shown = parts.line.show(facts.class_id)
                if not parts.enrollments.restore_line(facts.class_id):
                    continue
                differing += 1
                restored = parts.line.show(facts.class_id)
                print(f"class {facts.class_id}: Redis had {_text(shown)}, DynamoDB has {_text(restored)}")  # noqa: T201
    print(f"{classes} lines compared, {differing} differed and were rebuilt")  # noqa: T201


def _text(students: list[int]) -> str:
    return ", ".join(map(str, students)) or "nobody"


if __name__ == "__main__":
    main()
