"""No header makes somebody another, and no request hides in another."""

import pytest

from tests.e2e import gateway
from tests.e2e.gateway import Person
from tests.e2e.gateway_contract import raw

pytestmark = pytest.mark.gateway

LIST = "GET /student/list HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {token}\r\n"


@pytest.mark.parametrize(
    "spoofed",
    [
        {"X-User-Id": "{v}"},
        {"X_User_Id": "{v}"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-User": "{v}"},
        {"X-Original-URL": "/enrollmentdrop/{v}/{c}/x/x@example.com"},
        {"X-Rewrite-URL": "/enrollmentdrop/{v}/{c}/x/x@example.com"},
        {"X-HTTP-Method-Override": "PUT"},
        {"X-Gateway-Secret": "guess"},
        {"X_Gateway_Secret": "guess"},
        {"X-Class-Id": "{v}"},
        {"Cookie": "sub={v}"},
    ],
    ids=str,
)
def test_no_header_makes_somebody_another_student(
    spoofed: dict[str, str], attacker: Person, victim: Person, class_id: int
) -> None:
    headers = {
        name: value.replace("{v}", str(victim.id)).replace("{c}", str(class_id)) for name, value in spoofed.items()
    }
    for query in ("", f"?studentid={victim.id}&JWT.sub={victim.id}"):
        dropped = attacker.request("DELETE", f"/student/remove/{class_id}{query}", headers=headers)
        assert dropped.status_code == 404  # the attacker is not enrolled


def test_a_body_makes_nobody_another_student(attacker: Person, victim: Person, class_id: int) -> None:
    body = {"studentid": victim.id, "sub": str(victim.id)}
    assert attacker.request("DELETE", f"/student/remove/{class_id}", json=body).status_code == 404


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 0\r\nContent-Length: 44\r\n",
        "Content-Length: 44, 0\r\n",
        "Content-Length: +44\r\n",
        "Content-Length: 0x2c\r\n",
        "Content-Length: 44\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 44\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\nContent-Length: 44\r\n",
        "Transfer_Encoding: chunked\r\nContent-Length: 0\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
    ],
)
def test_no_request_hides_in_the_body_of_another(framing: str, attacker: Person, victim: Person, class_id: int) -> None:
    """Whatever the gateway makes of it, what follows is no request in the victim's name on a service's connection."""
    hidden = f"DELETE /enrollmentdrop/{victim.id}/{class_id}/x/x@example.com HTTP/1.1\r\nHost: x\r\n\r\n"
    start = f"POST /student/subscribe/{class_id} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
    request = f"{start}Authorization: Bearer {attacker.token}\r\n{framing}\r\n0\r\n\r\n{hidden}"
    for reply in raw.send(request.encode("latin-1"), replies=2):
        assert reply.status >= 400
    # The connections to the services are still in step, for somebody whose limit all these tries have not used up.
    witness = gateway.new_student("witness")
    assert {witness.request("GET", "/student/list").status_code for _ in range(10)} == {200}


@pytest.mark.parametrize(
    "header",
    ["X-Long: " + "x" * 20_000, "X\x00Y: 1", "X Y: 1", ": 1", "Host: other", "Authorization: Bearer {token}"],
    ids=lambda header: repr(header)[:20],
)
def test_no_strange_header_makes_the_gateway_fail(header: str, attacker: Person) -> None:
    request = f"{LIST}{header}\r\n\r\n".replace("{token}", attacker.token)
    # 414 is HAProxy 3.2's word for a head that is too long.
    assert {reply.status for reply in raw.send(request.encode("latin-1"))} <= {200, 400, 401, 414, 431}
    assert attacker.request("GET", "/student/list").status_code == 200
