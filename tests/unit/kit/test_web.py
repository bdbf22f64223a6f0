"""Refusals that come from FastAPI look like all others."""

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


def test_a_method_that_files_do_not_have_is_refused() -> None:
    assert ask(OPEN, "/static-offline-docs/swagger-ui.css", method="POST").status_code == 405
