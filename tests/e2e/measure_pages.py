"""What the live page costs with a whole university in it: bytes of the first load and of 30 s, and tasks that stutter.

    bin/start --fresh --data var/measured -- .venv/bin/python -m tests.e2e.measure_pages --width 1280 390 --load 20

Loads 10,000 classes, ten students into each, and one class that is full with a line, and sends 50 notices to the
student; then opens each page of each role in headless Chromium, alone, and lets it be for 30 s, while others join and
leave the line. A line of JSON for each page; screenshots are in the artifacts of the data folder. Bytes are what
Chromium received, heads and all, compressed as they were sent.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, expect

from enrollment.bootstrap import Dependencies, bootstrap
from enrollment.domain.class_section import ClassSection, ClassStatus
from enrollment.settings import EnrollmentSettings
from etc.contracts.topology import Topology
from tests.e2e import gateway, system
from tests.e2e.browser import chromium, log_in
from tests.support.http import TLS
from tests.support.post_office import PostOffice, an_event
from tests.support.waiting import until

FULL = ("FULL 1", 1)
SEATS, PLACES = 300, 400
DEMO_CLASSES = 10
EACH = 10  # students in every other class
WITHOUT_ACCOUNT = 900_000  # the first id of students who are only a number
COLUMNS = [
    "course_code",
    "section_number",
    "class_name",
    "department",
    "instructor",
    "max_capacity",
    "waitlist_maximum",
]
DEPARTMENTS = ("Computer Science", "Mathematics", "Physics", "History", "Nursing", "Languages and Literatures")
PAGES = {
    "abhinav": [""],
    "lovelace": ["", "#taught={}", "#taught={}&show=waiting", "#taught={}&show=history"],
    "registrar": [
        "#registry=classes",
        "#class={}",
        "#class={}&show=history",
        "#registry=people",
        "#registry=demand",
        "#registry=operation",
    ],
}
LONG_MS = 200
SETTLED_MS = 2_500  # the first load has ended by then
OBSERVE = """window.longTasks = []; new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration));
}).observe({ type: "longtask", buffered: true });"""


def load(folder: Path, classes: int) -> int:
    """Returns the id of the class that is full."""
    file = folder / "classes.csv"
    with file.open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(COLUMNS)
        rows.writerow((*FULL, "The class everybody wants", DEPARTMENTS[0], "lovelace", SEATS, PLACES))
        for number in range(1, classes):
            department = DEPARTMENTS[number % len(DEPARTMENTS)]
            teacher = "lovelace" if number < 40 else "hopper"
            rows.writerow((f"MANY {number // 4}", number % 4 + 1, f"Class {number}", department, teacher, 30, 15))
    subprocess.run([sys.executable, "-m", "enrollment.cli.load_classes", str(file)], check=True)
    deps = bootstrap(EnrollmentSettings(), "measure-pages")
    sections = [one for page in deps.classes.pages(ClassStatus.ACTIVE) for one in page if one.class_id > DEMO_CLASSES]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda section: fill(deps, section), sections))
    [full] = [section.class_id for section in sections if section.course_code == FULL[0]]
    return full


def fill(deps: Dependencies, section: ClassSection) -> None:
    class_id, first = section.class_id, WITHOUT_ACCOUNT + section.class_id % 1_000 * EACH
    if section.course_code == FULL[0]:
        everybody = list(range(first, first + SEATS + PLACES // 2))
        deps.enrollments.load(class_id, everybody[:SEATS], waits=False, though_closed=True)
        deps.enrollments.load(class_id, everybody[SEATS:], waits=True, though_closed=True)
    else:
        deps.enrollments.load(class_id, list(range(first, first + EACH)), waits=False, though_closed=True)


def notify(most: int) -> None:
    """So many mails to the student, as if promoted so often; returns when they have gone out."""
    event = {"student_id": 4, "class_id": 2, "course_code": "CPSC 449", "class_name": "Web Back-End Engineering"}
    with PostOffice(os.environ["AMQP_URL"], Topology(os.environ.get("AMQP_PREFIX", ""))) as office:
        for _ in range(most):
            office.publish(an_event(**event, email="abhinav@example.com"))

    def sent() -> bool:
        minutes = system.answer("GET", f"{system.NOTIFICATION}/notices/minutes")["minutes"]
        return sum(one["channels"]["email"]["delivered"] for one in minutes) >= most

    until(sent, "the notices did not go out", timeout_s=120)


@contextmanager
def registration_day(full: int, requests_per_s: float) -> Iterator[None]:
    """Others join the line of the class that is full, and leave it, meanwhile."""
    ended = threading.Event()

    def play() -> None:
        with httpx.Client(base_url=system.ENROLLMENT, trust_env=False, verify=TLS, timeout=10) as client:
            for number in count():
                student, what = WITHOUT_ACCOUNT + 10_000 + number // 2, ("enroll", "waitlistdrop")[number % 2]
                method = "DELETE" if number % 2 else "POST"
                if ended.wait(1 / requests_per_s):
                    return
                client.request(method, f"/{what}/{student}/{full}/name/name@example.com")

    player = threading.Thread(target=play, daemon=True)
    if requests_per_s:
        player.start()
    yield
    ended.set()


def measure(browser: Browser, username: str, place: str, width: int, seconds: float) -> dict[str, Any]:
    page = browser.new_page(viewport={"width": width, "height": 900}, locale="en")
    page.add_init_script(OBSERVE)
    received: dict[str, int] = {}
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.responseReceived", lambda got: _count(received, got["requestId"], got["response"]))
    network.on("Network.loadingFinished", lambda done: _count(received, done["requestId"], done))
    page.goto(f"{gateway.url()}/{place}")
    log_in(page, username, os.environ["DEMO_PASSWORD"])
    expect(page.locator("#log-out")).to_be_visible()
    page.wait_for_timeout(SETTLED_MS)
    first = sum(received.values())
    page.wait_for_timeout(seconds * 1_000)
    page.screenshot(path=system.artifacts() / f"measured-{username}-{len(place)}-{width}.png")
    stutter = [ms for ms in page.evaluate("longTasks") if ms > LONG_MS]
    page.close()
    return {
        "who": username,
        "page": place,
        "width": width,
        "first_load": first,
        "open": sum(received.values()) - first,
        "stutter_ms": stutter,
    }


def _count(received: dict[str, int], request: str, said: dict[str, Any]) -> None:
    """What is said last of a request counts: of a 304, whose body nobody reads, nothing is said when it has ended."""
    received[request] = int(said["encodedDataLength"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30, help="how long each page is open")
    parser.add_argument("--width", type=int, nargs="+", default=[1280], metavar="PIXELS", help="of the window")
    parser.add_argument("--who", nargs="+", default=list(PAGES), choices=list(PAGES), help="whose pages; default all")
    parser.add_argument("--notices", type=int, default=50, help="what the student was sent")
    parser.add_argument("--load", type=float, default=0, metavar="REQUESTS", help="of others, a second; default none")
    options = parser.parse_args()
    full = load(system.artifacts(), options.classes)
    notify(options.notices)
    with chromium() as browser, registration_day(full, options.load):
        for width in options.width:
            for username in options.who:
                for place in PAGES[username]:
                    found = measure(browser, username, place.format(full), width, options.seconds)
                    print(json.dumps(found), flush=True)
    os._exit(0)  # the threads of what loaded the classes go on for ever


if __name__ == "__main__":
    main()
