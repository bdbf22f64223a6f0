"""A browser for the tests that drive one, and who is logged in to pages with given replies."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import chromium
from tests.e2e.given_replies import GivenReplies
from tests.e2e.staff import DETAILS, given_registrar, roster


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


@pytest.fixture
def instructor(page: Page) -> GivenReplies:
    given = GivenReplies(page, roles=["instructor"])
    given.replies["GET /instructor/classes"] = {"Classes": [DETAILS, {**DETAILS, "ClassID": 8}], "next_after": None}
    roster(given, "instructor")
    return given


@pytest.fixture
def registrar(page: Page) -> GivenReplies:
    return given_registrar(page)
