"""Mails are read from what aiosmtpd printed and bin/start wrote to the log."""

from verify.mailbox import Mails

BEGIN, END = "---------- MESSAGE FOLLOWS ----------", "------------ END MESSAGE ------------"


def log(*texts: str, process: str = "aiosmtpd.1") -> list[str]:
    return [f"17:07:00 {process:<18} | {text}" for text in texts]


def mail(event_id: str, *, end: str = END) -> list[str]:
    headers = ("From: a@example.com", f"Message-ID: <{event_id}@no-reply.com>", "X-Peer: ('127.0.0.1', 1)", "")
    return log(BEGIN, *headers, "Student with id: 4 has been enrolled in Class 2", end)


def read(lines: list[str]) -> list[tuple[str, int, int]]:
    mails = Mails()
    return [found for line in lines for found in mails.take(line)]


def test_a_mail_is_known_by_the_id_of_its_event() -> None:
    assert read([*mail("e1"), *mail("e2")]) == [("e1", 4, 2), ("e2", 4, 2)]


def test_lines_of_other_processes_in_between_do_no_harm() -> None:
    lines = mail("e1")
    assert read([*lines[:3], *log(BEGIN, "Message-ID: <e9@x>", process="redis.1"), *lines[3:]]) == [("e1", 4, 2)]


def test_what_a_killed_server_printed_half_was_not_taken() -> None:
    assert read([*mail("e1")[:-2], *mail("e1")]) == [("e1", 4, 2)]


def test_another_mail_is_not_ours() -> None:
    assert read(log(BEGIN, "Message-ID: <e1@x>", "", "Hello", END)) == []


def test_each_notice_of_a_digest_is_known_by_its_own_event() -> None:
    said = [f"Student with id: 4 has been enrolled in Class {class_id}" for class_id in (2, 8)]
    head = ("Message-ID: <digest-1@x>", "X-Event-IDs: e1", " e2", "Content-Type: multipart/alternative", "", "--=1")
    parts = ("Content-Type: text/plain; charset=utf-8", "", *said, "--=1", "Content-Type: text/html", "", *said)
    assert read(log(BEGIN, *head, *parts, END)) == [("e1", 4, 2), ("e2", 4, 8)]
