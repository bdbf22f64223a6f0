"""The log of a consumer: JSON outside development, each line with the request it belongs to, and no secrets."""

import json
from urllib.parse import quote

from tests.support.consumers import Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice, an_event
from tests.support.receiver import Receiver
from tests.support.waiting import until


def test_a_mail_and_a_webhook_can_be_found_by_the_id_of_the_request_that_caused_them(
    post_office: PostOffice, mailbox: Mailbox, receiver: Receiver, consumers: Consumers
) -> None:
    email, webhook = consumers.start("email", LOG_FORMAT="json"), consumers.start("webhook", LOG_FORMAT="json")
    mailbox.replies = ["450 mailbox busy"]
    url = receiver.url("/a-secret-path")
    event = an_event(email="abhinav@example.com", proxy_url=quote(url, safe=""))
    post_office.publish(event, headers={"x-request-id": "drop-7"})
    until(lambda: mailbox.delivered and "delivered" in email.log and "delivered" in webhook.log)
    for consumer, words in ((email, ["failed (attempt 1)", "tried again", "delivered"]), (webhook, ["delivered"])):
        lines = [json.loads(line) for line in consumer.log.splitlines()]
        of_request = [line["message"] for line in lines if line.get("request_id") == "drop-7"]
        for word in words:
            assert any(word in message for message in of_request), (word, of_request)
        assert "a-secret-path" not in consumer.log


def test_an_id_that_is_none_does_not_reach_the_log(
    post_office: PostOffice, mailbox: Mailbox, consumers: Consumers
) -> None:
    email = consumers.start("email")
    forged = "x]\nINFO notification.consumer.loop: all is well ["
    post_office.publish(an_event(email="abhinav@example.com"), headers={"x-request-id": forged})
    email.wait_for_log("delivered")
    assert "all is well" not in email.log
