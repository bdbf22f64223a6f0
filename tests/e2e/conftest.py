"""A browser for the tests that drive one, and who is logged in to pages with given replies."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import chromium
from tests.e2e.given_replies import GivenReplies
from tests.e2e.staff import DETAILS, given_registrar, roster

HERE = Path(__file__).parent
_open = ExitStack()


@pytest.fixture(scope="session")
def one_browser() -> Browser:
    return _open.enter_context(chromium())


@pytest.fixture
def browser(one_browser: Browser) -> Iterator[Browser]:
    """The one of all tests, in which a test that fails leaves no page open."""
    yield one_browser
    for context in one_browser.contexts:
        context.close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """While a browser is open, playwright's event loop runs in this thread, and nobody else's can."""
    if nextitem is None or HERE not in nextitem.path.parents:
        _open.close()


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
