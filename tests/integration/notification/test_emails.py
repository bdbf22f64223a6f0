"""Mails as the mail server sees them."""

from notification.adapters.dedup_store import DedupStore
from notification.domain.claim import Claim, NoticeKey
from notification.stores import Stores
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
    assert got.mail.get_content_type() == "multipart/alternative"
    assert got.text.splitlines()[0] == "Student with id: 4 has been enrolled in Class 2"
    assert "<strong>Student with id: 4 has been enrolled in Class 2</strong>" in got.html


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


def test_a_mail_names_the_class_the_local_time_and_the_page(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    consumers.start("email", UNIVERSITY_TIME_ZONE="America/Los_Angeles", PUBLIC_URL="https://enroll.example.edu/")
    class_ = {"course_code": "CPSC 449", "class_name": "Café & <Back-End> Engineering"}
    post_office.publish(an_event(email="abhinav@example.com", occurred_at="2026-11-22T03:05:00Z", **class_))
    [got] = until(lambda: mailbox.delivered)
    assert got.text.splitlines()[1:3] == [
        "CPSC 449: Café & <Back-End> Engineering",
        "Saturday, 21 November 2026, 19:05 PST",
    ]
    assert "https://enroll.example.edu/\n" in got.text
    assert "Café &amp; &lt;Back-End&gt; Engineering" in got.html
    assert got.mail["List-Unsubscribe"] is None  # without a secret to sign links with


def test_what_comes_at_once_for_one_student_is_joined_and_each_notice_is_recorded(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers, stores: Stores
) -> None:
    settings = {"EMAIL_DIGEST_AFTER": "2", "EMAIL_DIGEST_WAIT_S": "1", "UNSUBSCRIBE_LINK_SECRET": "0123456789abcdef"}
    consumer = consumers.start("email", **settings)
    events = [
        an_event(email="abhinav@example.com", class_id=class_id, message=f"{class_id}.") for class_id in range(1, 8)
    ]
    other = an_event(email="abhinav@example.com", student_id=5)  # accounts may share an address
    for event in (*events, other, events[5]):
        post_office.publish(event)
    until(lambda: sum(got.mail["Message-ID"].startswith("<digest-") for got in mailbox.delivered) == 1)
    consumer.wait_for_log(" delivered", times=8)
    alone = [got for got in mailbox.delivered if not got.mail["Message-ID"].startswith("<digest-")]
    [digest] = [got for got in mailbox.delivered if got not in alone]
    assert len(alone) == 3
    said = [line for got in mailbox.delivered for line in got.text.splitlines() if line.endswith(".")]
    assert sorted(said) == [event["message"] for event in events]
    assert set(digest.mail["X-Event-IDs"].split()) < {event["id"] for event in events}
    assert "about any class" in digest.text
    sent = DedupStore(stores.database, stores.tables, "email", 60)
    assert sent.claim([NoticeKey(event["id"]) for event in (*events, other)]) == [Claim.SENT] * 8


def test_a_digest_that_is_refused_for_now_is_tried_again_and_none_of_it_is_lost(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    consumers.start("email", EMAIL_DIGEST_AFTER="1", EMAIL_DIGEST_WAIT_S="0.5", EMAIL_IN_FLIGHT="1")
    events = [an_event(email="abhinav@example.com") for _ in range(4)]
    post_office.publish(events[0])
    until(lambda: mailbox.delivered)
    mailbox.replies = ["450 mailbox busy"]
    for event in events[1:]:
        post_office.publish(event)

    until(lambda: set(mailbox.told) == {event["id"] for event in events})
    assert post_office.dead("email") == []
