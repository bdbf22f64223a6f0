"""Refusals that come from FastAPI look like all others."""

from kit.web.params import Id
from tests.unit.kit.test_gate import ask, service

OPEN = service(secret=None, environment="development")
OPEN.add_api_route("/enroll/{student}", lambda student: None, methods=["DELETE"], operation_id="drop")


def test_a_wrong_method_is_told_all_that_are_right() -> None:
    reply = ask(OPEN, "/enroll/4", method="PUT")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, DELETE")
    assert reply.json() == {"detail": "Use GET or DELETE here, not PUT"}


def test_an_unknown_path_is_told_where_to_look() -> None:
    reply = ask(OPEN, "/nowhere")
    assert reply.status_code == 404
    assert "/docs" in reply.json()["detail"]


def test_a_malformed_parameter_is_named_with_the_rule_in_plain_words() -> None:
    async def look(class_id: Id) -> None:
        """Nothing is asked for."""

    app = service(secret=None, environment="development")
    app.add_api_route("/class/{class_id}", look)
    said = {"detail": "class_id: must be a whole number in decimal digits"}
    assert (ask(app, "/class/1_0").status_code, ask(app, "/class/1_0").json()) == (422, said)


def test_a_method_that_files_do_not_have_is_refused() -> None:
    assert ask(OPEN, "/static-offline-docs/swagger-ui.css", method="POST").status_code == 405


def test_a_path_with_a_slash_too_many_is_not_redirected_to_a_host_that_the_caller_named() -> None:
    reply = ask(OPEN, "/enroll/4/", method="DELETE", headers={"Host": "evil.example"})
    assert reply.status_code == 404
    assert "location" not in reply.headers


def test_what_is_large_is_compressed_for_whom_accepts_it_and_still_unchanged_for_who_has_it() -> None:
    script = "/static-offline-docs/swagger-ui.css"
    plain = ask(OPEN, script, headers={"Accept-Encoding": "identity"})
    packed = ask(OPEN, script, headers={"Accept-Encoding": "gzip"})
    assert packed.content == plain.content
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}", (
        "two representations, two strong tags or one weak one"
    )
    for held in (plain, packed):
        again = ask(OPEN, script, headers={"Accept-Encoding": "gzip", "If-None-Match": held.headers["etag"]})
        assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", "Accept-Encoding")


def test_who_refuses_gzip_gets_none_and_caches_learn_that_others_might() -> None:
    refusing = {"Accept-Encoding": "deflate, gzip;q=0"}
    for path in ("/openapi.json", "/static-offline-docs/swagger-ui.css"):
        reply = ask(OPEN, path, headers=refusing)
        assert (reply.status_code, reply.headers.get("content-encoding")) == (200, None)
        assert reply.headers["vary"] == "Accept-Encoding"
    held = {**refusing, "If-None-Match": reply.headers["etag"]}
    again = ask(OPEN, "/static-offline-docs/swagger-ui.css", headers=held)
    assert (again.status_code, again.headers["vary"]) == (304, "Accept-Encoding")


def test_what_is_small_is_not_compressed() -> None:
    reply = ask(OPEN, "/nowhere", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in reply.headers
