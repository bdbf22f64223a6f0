"""Links that end mails: only those we signed, and only for the address they went to."""

from hypothesis import given
from hypothesis.strategies import text

from notification.domain.mail_links import UnsubscribeLinks

LINKS = UnsubscribeLinks("a secret for tests", "https://enroll.example.edu")
URL = LINKS.url(4, 2, "abhinav@example.com")
TOKEN = URL.rpartition("/")[2]


def test_a_link_says_whose_mails_about_which_class_it_ends() -> None:
    assert URL.startswith("https://enroll.example.edu/unsubscribe/4.2.")
    link = LINKS.read(TOKEN)
    assert link is not None
    assert (link.student_id, link.class_id) == (4, 2)
    assert link.covers("abhinav@example.com")
    assert not link.covers("other@example.com")


def test_what_another_secret_signed_or_somebody_changed_is_no_link() -> None:
    assert UnsubscribeLinks("another secret of ours").read(TOKEN) is None
    assert LINKS.read(TOKEN.replace("4.2.", "5.2.", 1)) is None
    assert LINKS.read(TOKEN.replace("4.2.", "4.0.", 1)) is None
    assert LINKS.read(TOKEN[:-1]) is None


@given(text())
def test_anything_else_is_no_link(token: str) -> None:
    assert LINKS.read(token) is None
