"""Sessions that are over are refused by the pages service, too, which asks the users service."""

import asyncio

import httpx
import pytest
from fastapi import Depends, FastAPI

from kit.sessions import SessionOver
from krakend.pages.session_check import SessionCheck

OVER = "7.2.over"


def users(request: httpx.Request) -> httpx.Response:
    if request.url.host == "away":
        raise httpx.ConnectError("nobody", request=request)
    return httpx.Response(401 if request.headers["X-Session-Id"] == OVER else 200)


def operating() -> dict[str, str]:
    return {}


def is_refused(name: str | None, *instances: str) -> bool:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.MockTransport(users)) as client:
            app = FastAPI(dependencies=[Depends(SessionCheck(client, [f"http://{each}" for each in instances]))])
            app.add_api_route("/operating", operating)
            page = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://pages")
            return await page.get("/operating", headers={"X-Session-Id": name} if name else None)

    try:
        return not asyncio.run(asked()).is_success
    except SessionOver:
        return True


@pytest.mark.parametrize("instances", [("users",), ("away", "users")])
def test_what_the_users_service_refuses_is_refused(instances: tuple[str, ...]) -> None:
    assert is_refused(OVER, *instances)
    assert not is_refused("7.3.good", *instances)
    assert not is_refused(None, *instances)


def test_nobody_is_shut_out_while_it_does_not_answer() -> None:
    assert not is_refused(OVER, "away", "away")
