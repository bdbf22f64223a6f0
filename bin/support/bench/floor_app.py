"""Floors over HTTP: bare endpoints on the framework and server of the services, that touch no store.

python -m kit.web.serve bench.floor_app:create_app, with bin/support in PYTHONPATH
"""

import json
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

CLASSES = 1_000


def one_class(class_id: int) -> dict[str, Any]:
    """As GET /list shows a class."""
    return {
        "ClassID": class_id,
        "CourseCode": f"BENCH {class_id}",
        "SectionNumber": 1,
        "ClassName": "Introduction to Measuring",
        "Department": "Benchmarks",
        "MaxCapacity": 1_000_000,
        "CurrentEnrollment": 0,
        "CurrentWaitlist": 0,
        "InstructorID": 5,
        "WaitlistMaximum": 15,
    }


def create_app() -> ASGIApp:
    """Answers /asgi/… itself, as bare as it can be done, and the rest by FastAPI."""
    fastapi = _fastapi()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/asgi/"):
            await send({"type": "http.response.start", "status": 304, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await fastapi(scope, receive, send)

    return app


def _fastapi() -> FastAPI:
    app = FastAPI()
    classes = [one_class(class_id) for class_id in range(1_700_000_000, 1_700_000_000 + CLASSES)]

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    # The head of the line has its position and the length of its line in the path, so that nothing is looked up.
    @app.get("/304/{studentid}/{classid}/{username}/{email}")
    async def not_modified(studentid: int, classid: int, username: str, email: str) -> Response:
        return Response(status_code=304)

    @app.get("/200/{studentid}/{classid}/{username}/{email}")
    async def position(studentid: int, classid: int, username: str, email: str) -> Response:
        return JSONResponse({"position": studentid, "length": 1000, "since": "2026-01-01T00:00:00Z"})

    @app.get("/list")
    async def list_classes() -> Response:
        return Response(json.dumps({"Classes": classes}, separators=(",", ":")), media_type="application/json")

    return app
