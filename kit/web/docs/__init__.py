"""`/docs` of a service: a list of its operations, then Swagger UI, which the package fastapi-offline brings."""

from functools import cache
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from kit.web.docs.page import Docs, paragraphs, render

# Limits what a page may load and talk to; Swagger UI needs no more than a page of ours.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
CHECKED_EACH_TIME = "no-cache"
FILES = "/static-offline-docs"
SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css")
_OF_THE_PAGE = ("docs.js", "docs.css", "favicon.png", *SWAGGER_UI)
PATHS = ("/docs", "/openapi.json", *(f"{FILES}/{name}" for name in _OF_THE_PAGE))


def add_docs(app: FastAPI) -> None:
    """Let it serve `/docs` and the files of that."""
    app.mount(FILES, _Files(packages=[("kit.web.docs", "static"), ("fastapi_offline", "static")]), name="docs-files")

    @cache
    def page() -> str:
        intro = paragraphs(app.description)
        return render(app.openapi(), Docs("every operation", intro, FILES, f"{FILES}/favicon.png"))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page(), headers={"Cache-Control": CHECKED_EACH_TIME, "Content-Security-Policy": POLICY})


class _Files(StaticFiles):
    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = CHECKED_EACH_TIME
        return response
