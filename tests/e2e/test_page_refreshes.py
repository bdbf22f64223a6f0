"""What the page makes of replies that it asks for again and again: nothing that is not known, and little traffic."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Watch, log_in, until
from tests.e2e.given_replies import DELIVERY, GivenReplies
from tests.e2e.system import PAGES

pytestmark = pytest.mark.browser


def test_nothing_is_said_to_be_none_before_it_is_known(page: Page) -> None:
    given = GivenReplies(page)
    known = {path: given.replies[f"GET /student/{path}"] for path in ("list", "enrollments", "deliveries")}
    for path in known:
        given.replies[f"GET /student/{path}"] = (503, {}, {"detail": "The database is busy", "code": "unavailable"})
    page.goto(f"{PAGES}/")
    log_in(page)
    expect(page.locator("#trouble")).to_contain_text("A part of the system does not answer")
    nothing = page.locator("#mine-none, #open-none, #sent-none")
    for each in nothing.all():
        expect(each).to_be_hidden()
    given.replies |= {f"GET /student/{path}": body for path, body in known.items()}
    given.replies["GET /student/list"] = {"Classes": []}
    for each in nothing.all():
        expect(each).to_be_visible()


def test_what_has_not_changed_is_not_sent_again(page: Page) -> None:
    given = GivenReplies(page)
    for path, body in (
        ("enrollments", {"Enrollments": []}),
        ("deliveries", {"deliveries": [DELIVERY], "next_page": None}),
    ):
        given.replies[f"GET /student/{path}"] = (200, {"ETag": f'"{path}"'}, body)
    watch = Watch(page, PAGES)
    page.goto(f"{PAGES}/")
    log_in(page)
    for path in ("enrollments", "deliveries"):
        until(page, lambda path=path: 304 in watch.statuses(f"/student/{path}"))
        assert watch.statuses(f"/student/{path}").count(200) == 1
    expect(page.locator("#sent > li")).to_have_count(1)
