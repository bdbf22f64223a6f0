"""The pages service by itself: what it sends, and that its pages keep to their own policy."""

import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kit.web.docs import POLICY
from krakend.pages.app import create_app
from krakend.pages.documentation import document
from krakend.pages.openapi import SCHEME
from krakend.pages.settings import PagesSettings
from krakend.pages.static_files import read_files
from tests.support.in_process import ask

PAGES = ("/", "/docs")
SHELF = read_files()
OWN = {name: content.body.decode() for name, content in SHELF.items() if not name.startswith("swagger")}


@cache
def pages() -> FastAPI:
    # Nothing listens on port 9: no service answers.
    nobody = "http://127.0.0.1:9"
    settings = PagesSettings(
        environment="development", users_url=nobody, enrollment_hosts=nobody, notification_url=nobody
    )
    return create_app(settings)


def get(path: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(pages(), "GET", path, headers=named)


@pytest.mark.parametrize("path", [*PAGES, *(f"/pages/{name}" for name in SHELF), "/openapi.json"])
def test_everything_is_304_while_it_is_the_same(path: str) -> None:
    reply = get(path)
    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "no-cache"
    again = get(path, if_none_match=reply.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert get(path, if_none_match='"other"').status_code == 200


@pytest.mark.parametrize("path", [*PAGES, *(f"/pages/{name}" for name in SHELF), "/openapi.json"])
def test_all_that_a_browser_can_open_as_a_page_has_a_policy(path: str) -> None:
    reply = get(path)
    if reply.headers["Content-Type"].startswith(("text/javascript", "text/css")):
        assert "Content-Security-Policy" not in reply.headers, "it counts for nothing, and thirty of them are 6 kB"
    else:
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_what_is_large_is_packed_once_and_has_a_weak_tag_then() -> None:
    plain, packed = (get("/pages/page.css", accept_encoding=one) for one in ("identity", "gzip"))
    assert packed.content == plain.content == SHELF["page.css"].body
    assert (packed.headers["Content-Encoding"], packed.headers["ETag"]) == ("gzip", f"W/{plain.headers['ETag']}")
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in get("/pages/icon.svg", accept_encoding="gzip").headers


@pytest.mark.parametrize(
    ("path", "status"),
    [("/pages/app.py", 404), ("/pages/%2e%2e%2fapp.py", 422), ("/pages/", 404), ("/static/page.css", 404)],
)
def test_nothing_else_can_be_asked_for(path: str, status: int) -> None:
    reply = get(path)
    assert reply.status_code == status
    assert "detail" in reply.json()


def test_the_pages_come_when_no_service_answers_and_the_openapi_says_so() -> None:
    assert get("/").status_code == 200
    assert get("/health/ready").status_code == 200
    assert "The service enrollment and the service" in get("/openapi.json").json()["info"]["description"]


def test_scripts_and_styles_are_files_of_our_own() -> None:
    assert "unsafe" not in POLICY
    for path in PAGES:
        html = get(path).text
        assert not re.search(r"<style|\bstyle=|\bon\w+=|javascript:|<script(?![^>]*\bsrc=)", html), path
        for link in re.findall(r'(?:src|href)="([^"#][^"]*)"', html):
            assert link in {"/", "/docs", "/openapi.json"} or link.removeprefix("/pages/") in SHELF, link


def test_scripts_and_styles_are_sent_without_comments_and_otherwise_as_they_are() -> None:
    folder = files("krakend.pages") / "static"
    for entry in folder.iterdir():
        kind = entry.name.rpartition(".")[2]
        if kind in ("js", "css"):
            sent, written = OWN[entry.name].splitlines(), entry.read_text().splitlines()
            left_out = list((Counter(written) - Counter(sent)).elements())
            assert not Counter(sent) - Counter(written), entry.name
            assert all(re.match(r"\s*(//|/\*|\*)|.*\*/$", line) for line in left_out), (entry.name, left_out)
            assert not re.search(r"^\s*(//|/\*)", OWN[entry.name], re.MULTILINE), entry.name


def test_scripts_import_what_is_there_and_never_make_html_of_text() -> None:
    for name, text in OWN.items():
        for module in re.findall(r'from "\./([^"]+)"', text):
            assert module in SHELF, (name, module)
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), name
        assert "localStorage" not in text or name in {"ahead.js", "session.js", "language.js", "sent.js"}, name


def test_what_the_page_and_its_parts_need_is_asked_for_at_once_and_nothing_else() -> None:
    html = OWN["index.html"]
    first = set(re.findall(r'rel="modulepreload" href="/pages/([^"]+)"', html)) | {"main.js"}
    parts = {part: set(names.split()) for part, names in re.findall(r'name="part:(\w+)" content="([^"]*)"', html)}
    assert parts.keys() == {"everybody", "student", "instructor", "registrar"}
    assert imported(first) | {"main.js"} == first
    for part, names in parts.items():
        roots = {"student.js", "teaching.js", "registry.js", "staff.css", "{language}.js"} & names
        assert imported(names) - first == names - roots, part


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_the_words_of_each_role_come_to_who_has_it(language: str) -> None:
    parts = re.findall(r'name="part:(\w+)" content="([^"]*)"', OWN["index.html"])
    words = {part: set(re.findall(r"{language}\S*", names)) for part, names in parts}
    assert words == {
        "everybody": {"{language}.js"},
        "student": {"{language}-student.js"},
        "instructor": {"{language}-staff.js"},
        "registrar": {"{language}-staff.js", "{language}-registrar.js"},
    }
    there = {name for name in OWN if re.fullmatch(rf"{language}\b.*\.js", name)}
    assert there == {name.format(language=language) for names in words.values() for name in names}


@pytest.mark.parametrize("role", ["student", "instructor", "registrar"])
def test_no_script_of_a_role_says_what_it_has_no_words_for(role: str) -> None:
    html = OWN["index.html"]
    first = set(re.findall(r'rel="modulepreload" href="/pages/([^"]+)"', html)) | {"main.js", "account.js", "en.js"}
    [named] = re.findall(rf'name="part:{role}" content="([^"]*)"', html)
    scripts = {name.format(language="en") for name in named.split() if name.endswith(".js")} | first
    scripts |= {late for name in scripts for late in re.findall(r'await import\("\./([^"]+)"\)', OWN[name])}
    scripts -= {"student.js", "teaching.js", "registry.js"} - set(named.split())
    known = {path for name in scripts if re.match(r"en\b", name) for path in said_by(OWN[name])}
    asked = {path for name in scripts for path in re.findall(r"\bsay\.(\w+\.\w+)", re.sub(r"//.*", "", OWN[name]))}
    assert asked <= known, asked - known


def said_by(words: str) -> set[str]:
    """The paths of a file of words, as "section.key"."""
    sections = re.findall(r"^  (\w+): \{$(.*?)^  \},$", words, re.MULTILINE | re.DOTALL)
    return {f"{section}.{key}" for section, keys in sections for key in re.findall(r"^    (\w+):", keys, re.MULTILINE)}


def imported(names: set[str]) -> set[str]:
    texts = [OWN[name] for name in names if name in OWN]
    found = {module for text in texts for module in re.findall(r'^import .*from "\./([^"]+)"', text, re.MULTILINE)}
    return found | {f"{{language}}-{part}.js" for text in texts for part in re.findall(r'await learn\("(\w+)"\)', text)}


def test_every_element_a_script_looks_for_is_on_the_page() -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', OWN["index.html"]))
    for name, text in OWN.items():
        if name.endswith(".js") and name != "docs.js":
            assert set(re.findall(r'byId\("([^"]+)"\)', text)) <= ids, name


def test_the_docs_list_every_route_as_a_link_that_swagger_ui_reads() -> None:
    described = get("/openapi.json").json()
    html = get("/docs").text
    routes = [(method, path) for path, methods in described["paths"].items() for method in methods]
    assert re.findall(r'<li class="(\w+)"><a href="#/\w+[^"]*"><b>\w+</b> <code>([^<]+)</code>', html) == sorted(
        routes, key=lambda one: [tag["name"] for tag in described["tags"]].index(tag_of(described, one))
    )
    assert '<a href="#/pages/live_page">' in html


def tag_of(described: dict[str, Any], route: tuple[str, str]) -> str:
    method, path = route
    return str(described["paths"][path][method]["tags"][0])


def test_what_services_say_of_a_route_is_text_and_never_html() -> None:
    operation = {"tags": ["a"], "summary": "<b>&", "operationId": "it"}
    tags = [{"name": "a", "description": "`<i>`"}]
    described = {"info": {"title": "<t>"}, "tags": tags, "paths": {"/a": {"get": operation}}}
    html = document(described).page.body.decode()
    assert "<h1>&lt;t&gt;</h1>" in html
    assert "<p>&lt;i&gt;</p>" in html
    assert '<a href="#/a/it"><b>GET</b> <code>/a</code> <span>&lt;b&gt;&amp;</span></a>' in html


def test_swagger_ui_fills_the_scheme_that_the_openapi_has() -> None:
    assert f'data-login="/user/login" data-scheme="{SCHEME}"' in get("/docs").text
