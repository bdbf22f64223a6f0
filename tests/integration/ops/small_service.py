"""A service without stores, for the tests of renewals; `python -m kit.web.serve` runs it.

It is not ready while the file `unready` is in its VAR_DIR.
"""

import asyncio
import os
from pathlib import Path

from fastapi import FastAPI, Response


def create_app() -> FastAPI:
    app = FastAPI()
    unready = Path(os.environ["VAR_DIR"], "unready")

    @app.post("/pid")
    async def pid(after_s: float = 0) -> int:
        await asyncio.sleep(after_s)
        return os.getpid()

    @app.get("/health/ready")
    def ready() -> Response:
        return Response(status_code=503 if unready.exists() else 200)

    return app
