"""Mails as the mail server sees them."""

from tests.support.consumers import ConsumerProcess, Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.waiting import until


def test_a_mail_arrives_with_sender_recipient_subject_and_sentence(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess
) -> None:
    event = post_office.publish(an_event(email="abhinav@example.com"))
    [got] = until(lambda: mailbox.delivered)
    assert got.sender == "cpsc449-backend@no-reply.com"
    assert got.recipients == ["abhinav@example.com"]
    assert got.mail["From"] == "cpsc449-backend@no-reply.com"
    assert got.mail["To"] == "abhinav@example.com"
    assert got.mail["Subject"] == "Enrolled in Class 2"
    assert got.mail["Message-ID"] == f"<{event['id']}@no-reply.com>"
    assert got.mail["Date"]
    assert got.mail.get_content_type() == "text/plain"
    assert got.mail.get_content().strip() == "Student with id: 4 has been enrolled in Class 2"


def test_the_connection_to_the_mail_server_is_kept(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    consumers.start("email", EMAIL_IN_FLIGHT="1")
    for _ in range(5):
        post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: len(mailbox.delivered) == 5)
    assert len({got.peer for got in mailbox.delivered}) == 1


def test_a_temporary_refusal_is_retried(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess
) -> None:
    mailbox.replies = ["450 mailbox busy", "451 try later"]
    post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: len(mailbox.delivered) == 1)
    assert mailbox.replies == []
    assert post_office.dead("email") == []


def test_a_permanent_refusal_is_a_dead_letter_at_once_and_the_next_mail_goes_out(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess
) -> None:
    mailbox.replies = ["550 5.1.1 no such user"]
    post_office.publish(an_event(email="nobody@example.com"))
    [(_, headers)] = until(lambda: post_office.dead("email"))
    assert headers["x-reason"] == "the mail server answered 550 5.1.1 no such user"
    assert headers["x-attempts"] == 1
    post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: len(mailbox.delivered) == 1)


def test_mail_that_no_server_took_is_a_dead_letter_after_the_last_delay(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess
) -> None:
    mailbox.close()
    post_office.publish(an_event(email="abhinav@example.com"))
    [(_, headers)] = until(lambda: post_office.dead("email"))
    assert headers["x-reason"].startswith("gave up after 4 attempts, the last: mail server: ConnectionRefusedError")


def test_a_mail_server_that_was_restarted_is_connected_to_again(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess
) -> None:
    post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: len(mailbox.delivered) == 1)
    mailbox.close()
    mailbox.open()
    post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: len(mailbox.delivered) == 2)
    assert post_office.dead("email") == []


def test_an_address_beyond_ascii_is_written_to_where_the_server_can(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess
) -> None:
    post_office.publish(an_event(email="jösé@bücher.example"))
    [got] = until(lambda: mailbox.delivered or post_office.dead("email"))
    assert got.recipients == ["jösé@bücher.example"]
    assert got.mail["To"] == "jösé@bücher.example"


def test_an_event_without_an_address_sends_nothing(
    post_office: PostOffice, mailbox: Mailbox, email_consumer: ConsumerProcess
) -> None:
    post_office.publish(an_event(proxy_url="https%3A%2F%2Fsmee.io%2Fabc"))
    post_office.publish(an_event(email="abhinav@example.com"))
    until(lambda: mailbox.delivered)
    assert len(mailbox.delivered) == 1
