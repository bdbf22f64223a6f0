"""/docs of a service by itself."""

import re

from tests.unit.kit.test_gate import ask, service


def test_the_docs_list_every_operation_as_a_link_that_swagger_ui_reads() -> None:
    app = service(secret=None, environment="development")
    app.description = "`Who` asks.\n\nAnd who **answers**."
    app.add_api_route("/drop", lambda: None, methods=["DELETE"], name="drop", tags=["students"])
    html = ask(app, "/docs").text
    assert re.findall(r'<li class="(\w+)"><a href="([^"]+)"><b>\w+</b> <code>([^<]+)', html) == [
        ("get", "#/health/live", "/health/live"),
        ("get", "#/health/ready", "/health/ready"),
        ("get", "#/default/&lt;lambda&gt;", "/enroll/{student}"),
        ("delete", "#/students/drop", "/drop"),
    ]
    assert "<p>Who asks.</p><p>And who answers.</p>" in html


def test_the_docs_load_nothing_but_files_of_their_own() -> None:
    reply = ask(service(secret=None, environment="development"), "/docs")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|\bstyle=|\bon\w+=|javascript:|<script(?![^>]*\bsrc=)", reply.text)
    for link in re.findall(r'(?:src|href)="([^"#][^"]*)"', reply.text):
        assert link.startswith("/static-offline-docs/"), link
