"""The routes: two pages, what they load, and the OpenAPI of the gateway. All can be asked for conditionally."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from kit.errors import NotFound
from kit.web.app import problems
from kit.web.compression import SMALLEST_BYTES, accepts_gzip
from kit.web.docs import CHECKED_EACH_TIME, POLICY
from krakend.pages.documentation import Documentation
from krakend.pages.static_files import Content

# A script or style is held to the policy of the page that loads it, its own counts for nothing (CSP 3 §4.1, §4.2); at
# thirty of them, 190 bytes each would be a twelfth of what a page loads.
_HELD_TO_THE_PAGES = ("text/javascript", "text/css")
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The browser's copy is current"}}

IfNoneMatch = Annotated[str | None, Header(description="an ETag of this resource")]
FileName = Annotated[str, Path(description="the file's name", examples=["page.css"])]


def routes(files: Mapping[str, Content], documentation: Callable[[], Awaitable[Documentation]]) -> APIRouter:
    router = APIRouter(tags=["pages"])

    @router.get("/", summary="The Live Page", response_class=HTMLResponse, responses=_UNCHANGED)
    async def live_page(request: Request, if_none_match: IfNoneMatch = None) -> Response:
        """Classes, lines and notices of who logs in, without reloading."""
        return _reply(request, files["index.html"], if_none_match)

    @router.get("/docs", summary="Swagger UI", response_class=HTMLResponse, responses=_UNCHANGED)
    async def swagger_ui(request: Request, if_none_match: IfNoneMatch = None) -> Response:
        """Every route of the gateway, to read and to try out."""
        return _reply(request, (await documentation()).page, if_none_match)

    @router.get("/openapi.json", summary="The Gateway's OpenAPI", response_class=JSONResponse, responses=_UNCHANGED)
    async def gateway_openapi(request: Request, if_none_match: IfNoneMatch = None) -> Response:
        """Made from the gateway's table of routes and the OpenAPI of each service."""
        return _reply(request, (await documentation()).openapi, if_none_match)

    @router.get(
        "/pages/{file}",
        summary="A File Of The Pages",
        response_class=Response,
        responses={**_UNCHANGED, **problems(_404="There is no such file")},
    )
    async def file_of_the_pages(request: Request, file: FileName, if_none_match: IfNoneMatch = None) -> Response:
        """Scripts, styles and pictures."""
        if (content := files.get(file)) is None:
            raise NoSuchFile
        return _reply(request, content, if_none_match)

    return router


class NoSuchFile(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such file; begin at /")


def _reply(request: Request, content: Content, if_none_match: str | None) -> Response:
    headers = {"ETag": content.etag, "Cache-Control": CHECKED_EACH_TIME}
    if not content.media_type.startswith(_HELD_TO_THE_PAGES):
        headers["Content-Security-Policy"] = POLICY  # a page is held to every one it was sent: the gateway adds none
    if if_none_match and content.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    if len(content.body) < SMALLEST_BYTES or not accepts_gzip(request.headers):
        return Response(content.body, headers=headers, media_type=content.media_type)
    packed = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(content.gzipped, headers=packed, media_type=content.media_type)
