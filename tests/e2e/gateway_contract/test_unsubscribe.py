"""The link in a mail, as mail scanners, mail readers and people use it: without a login."""

import os
import re

import pytest

from notification.domain.mail_links import UnsubscribeLinks
from tests.e2e import gateway
from tests.e2e.gateway import Person
from tests.e2e.gateway_contract import raw

pytestmark = pytest.mark.gateway


def test_looking_at_the_link_of_a_mail_changes_nothing_and_one_click_ends_its_mails(class_id: int) -> None:
    student = gateway.new_student("reader")
    assert student.request("POST", f"/student/subscribe/{class_id}", json={"email": student.email}).status_code == 200
    links = UnsubscribeLinks(os.environ["UNSUBSCRIBE_LINK_SECRET"])
    path = links.url(student.id, class_id, student.email)

    page = raw.request("GET", path)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b'<form method="post">' in page.body
    german = raw.request("GET", path, [("Accept-Language", "de")])
    assert german.headers["content-language"] == "de", "the gateway passes on what the reader likes"
    assert re.search(r"keine E-Mails mehr zu: \D[^<]*\.</p>", german.body.decode()), "a name, and no id"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert mails_go_out(student, class_id)

    with gateway.client() as mail_reader:  # RFC 8058 §3.1
        done = mail_reader.post(path, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert mail_reader.post(path).status_code == 200
        assert mail_reader.post(path[:-1]).status_code == 404
    assert not mails_go_out(student, class_id)


def mails_go_out(student: Person, class_id: int) -> bool:
    """A subscription by e-mail alone ends with its mails."""
    return str(class_id) in student.request("GET", "/student/subscribe/list").json()["subscriptions"]
