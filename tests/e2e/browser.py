"""Headless Chromium, and a watch over what a page does in it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Chromium's own calls home find no network here; without them its log is quiet.
OPTIONS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
# For each window Chromium loads the pages of its address bar, at two thirds of the cost of the page under test.
NOT_WANTED = ["WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup"]
# The last list of features counts, so what playwright has in its own is here again.
NOT_WANTED += ["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "PaintHolding"]
NOT_WANTED += ["HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "ThirdPartyStoragePartitioning"]
NOT_WANTED += ["AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"]
NOT_WANTED += ["PreconnectToSearch"]
OPTIONS.append(f"--disable-features={','.join(NOT_WANTED)}")


@contextmanager
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=15_000)  # pages refresh every few seconds, and machines are busy at times
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


def until(page: Page, what: Callable[[], Any], timeout_s: float = 15) -> None:
    """As tests.support.waiting.until, but the page is heard meanwhile: playwright listens only while it is called."""
    end = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < end, f"it did not come true within {timeout_s} s"
        page.wait_for_timeout(50)


class Watch:
    """From now on: `strangers` are requests that went elsewhere, `complaints` what the console and scripts said."""

    def __init__(self, page: Page, origin: str) -> None:
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        self.replies: list[tuple[str, int]] = []
        page.on("request", lambda asked: self._note(asked.url, origin))
        page.on("response", lambda reply: self.replies.append((reply.url.removeprefix(origin), reply.status)))
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, url: str, origin: str) -> None:
        if not url.startswith((f"{origin}/", "data:")):
            self.strangers.append(url)

    def statuses(self, path: str) -> list[int]:
        return [status for asked, status in self.replies if asked == path]


def log_in(page: Page, username: str = "abhinav", password: str = "a password for tests") -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.locator("#login-submit").click()


def open_docs(page: Page, origin: str) -> None:
    """Swagger UI, which comes when a reader begins to do something with the list of operations that is there first."""
    page.goto(f"{origin}/docs")
    page.mouse.move(5, 5)
    expect(page.locator(".opblock").first).to_be_visible()


# What becomes visible by a transition is not yet so for axe; what turns for ever is not waited for.
MOVED = """async () => {
  const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
  await Promise.allSettled(document.getAnimations().filter(ends).map(({finished}) => finished));
}"""


def violations(page: Page) -> str:
    """The faults of accessibility that axe finds, as a report; empty if it finds none."""
    if not page.evaluate("'axe' in window"):  # half a megabyte, which a page need not read each time
        page.evaluate(AXE_SCRIPT)
    page.evaluate(MOVED)
    found = AxeResults(page.evaluate("axe.run({resultTypes: ['violations']}).then(({violations}) => ({violations}))"))
    return found.generate_report() if found.violations_count else ""
