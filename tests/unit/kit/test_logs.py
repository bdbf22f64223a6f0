"""What somebody sent cannot pass for a line of ours."""

import json
import logging
import sys
import time

import pytest

from kit.observability import correlation
from kit.observability.logs import JsonLine, OneLine, configure, without_urls

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


def test_no_server_logs_the_paths_of_requests() -> None:
    before = logging.root.handlers[:], logging.root.level
    access = logging.getLogger("uvicorn.access")
    access.addHandler(logging.StreamHandler())
    try:
        configure("INFO")
        assert not access.hasHandlers()
    finally:
        logging.root.handlers[:], level = before
        logging.root.setLevel(level)


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


def test_an_event_in_json_is_one_line_of_ascii_whatever_is_in_it() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError as error:
        line = JsonLine().format(record(error))
    assert line.isascii()
    assert line.isprintable()
    event = json.loads(line)
    assert (event["level"], event["logger"], event["message"]) == ("WARNING", "users", f"refused {FORGED}")
    assert event["exception"].startswith("Traceback")
    assert event["time"].endswith("+00:00")


@pytest.mark.parametrize("formatter", [OneLine("%(message)s"), JsonLine()], ids=["text", "json"])
@pytest.mark.parametrize(
    ("url", "left"),
    [
        ("https://hooks.example.com/T0/B1/a-key", "https://hooks.example.com/…"),
        ("https://example.com?token=a-key", "https://example.com/…"),
        ("amqps://app:a-key@rabbit.internal:5671/%2F", "amqps://rabbit.internal:5671/…"),
        ("redis://:a-key@redis.internal/0", "redis://redis.internal/…"),
        ("https%3A%2F%2Fhooks.example.com%2Fa-key", "https%3A…"),
        ("HTTPS%253A%252F%252Fhooks.example.com%252Fa-key", "HTTPS%3A…"),
        ("http://127.0.0.1:5300", "http://127.0.0.1:5300"),
    ],
)
def test_of_a_url_only_the_host_is_told(formatter: logging.Formatter, url: str, left: str) -> None:
    def about(error: BaseException) -> logging.LogRecord:
        return logging.LogRecord("n", logging.INFO, "", 1, "to %s'", (url,), (type(error), error, None))

    line = formatter.format(about(OSError(f"no route to '{url}'")))
    assert "a-key" not in line
    assert line.count(left.replace("…", "\\u2026") if isinstance(formatter, JsonLine) else left) == 2


@pytest.mark.parametrize("formatter", [OneLine("%(message)s"), JsonLine()], ids=["text", "json"])
def test_every_line_names_its_request(formatter: logging.Formatter) -> None:
    with correlation.bind_from_headers({"x-request-id": "req-7"}):
        assert "req-7" in formatter.format(record())
    with correlation.bind_from_headers({"x-request-id": "req 7\nINFO forged"}):
        assert "forged" not in formatter.format(logging.LogRecord("n", logging.INFO, "", 1, "hello", (), None))


def test_the_last_words_of_a_process_that_fails_are_json_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # put back at the end
    before = logging.root.handlers[:], logging.root.level
    try:
        configure("INFO", "json")
        sys.excepthook(ValueError, ValueError(FORGED), None)
    finally:
        logging.root.handlers[:], level = before
        logging.root.setLevel(level)
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["level"] == "CRITICAL"
    assert "made registrar" in json.loads(line)["exception"]


@pytest.mark.parametrize("piece", ["a.", "a-", "a:", "://", "a://", "u@", "%3A", "http%25", "a://u@", "%3Ahttp"])
@pytest.mark.parametrize("end", ["://", "%3A%2F", ""])
def test_a_long_text_of_whatever_somebody_sent_is_searched_for_urls_in_no_time(piece: str, end: str) -> None:
    began = time.monotonic()
    without_urls(piece * (100_000 // len(piece)) + end)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("before", ["", "(", "1", "_", "é", "x-", "=", "a.b+c-", "https:"])
def test_a_url_is_cut_whatever_stands_before_it(before: str) -> None:
    user = "user:secret@"  # apart: a password in a URL must not be in the repository
    assert "secret" not in without_urls(f"refused {before}https://{user}example.com/secret?secret#secret")
