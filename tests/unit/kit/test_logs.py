"""What somebody sent can not pass for a line of ours."""

import logging

import pytest

from kit.logs import OneLine, configure

FORGED = "jack\r\nINFO enrollment: student 4 was made registrar\x1b[2K\x85\u2028\u2029\x00\t!"


def written(record: logging.LogRecord) -> list[str]:
    return OneLine("%(levelname)s %(name)s: %(message)s").format(record).splitlines()


def record(exception: BaseException | None = None) -> logging.LogRecord:
    about = (type(exception), exception, exception.__traceback__) if exception else None
    return logging.LogRecord("users", logging.WARNING, "", 1, "refused %s", (FORGED,), about)


def test_a_message_stays_in_its_line() -> None:
    [line] = written(record())
    assert line.startswith("WARNING users: refused jack\\x0d\\x0aINFO enrollment: student 4")
    assert line.isprintable()
    assert line.endswith("!")


def test_the_text_of_an_error_is_set_in() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError as error:
        first, *below = written(record(error))
    assert first.startswith("WARNING users: refused jack")
    assert below
    for line in below:
        assert line.startswith("  | ")
        assert line.isprintable()


def test_words_of_other_languages_stay_as_they_are() -> None:
    [line] = written(logging.LogRecord("users", logging.INFO, "", 1, "Zoë and 田中", (), None))
    assert line == "INFO users: Zoë and 田中"


def test_the_servers_lines_take_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.root.handlers[:], logging.root.level
    server = logging.getLogger("uvicorn.error")
    server.addHandler(logging.StreamHandler())
    try:
        configure("INFO")
        server.warning("Invalid request %s", FORGED)
    finally:
        logging.root.handlers[:], level = before
        logging.root.setLevel(level)
    said = capsys.readouterr()
    assert said.err == ""
    assert [line for line in said.out.splitlines() if line.startswith("INFO enrollment")] == []
    assert said.out.startswith("WARNING uvicorn.error: Invalid request jack\\x0d")
