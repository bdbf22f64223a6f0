"""What the processes print holds no secret: passwords, tokens, hashes, keys and callback URLs go in and stay out.

Run after the other end-to-end tests this also reads what those left in the log.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from urllib.parse import quote

import pika

from etc.contracts.topology import Topology
from kit.messaging.amqp import parameters
from tests.e2e import system
from tests.support.receiver import Answer, Receiver
from tests.support.secrets import found_in
from tests.support.waiting import until

STUDENT, CLASS = 11, 9  # which no other test here looks at


def publish(proxy: str) -> str:
    event_id = str(uuid.uuid4())
    event = {
        "id": event_id,
        "type": "enrollment.promoted",
        "occurred_at": datetime.now(UTC).isoformat(),
        "student_id": STUDENT,
        "class_id": CLASS,
        "message": f"Student with id: {STUDENT} has been enrolled in Class {CLASS}",
        "email": None,
        "proxy_url": proxy,
    }
    with pika.BlockingConnection(parameters(os.environ["AMQP_URL"], "tests")) as connection:
        properties = pika.BasicProperties(delivery_mode=2, message_id=event_id, content_type="application/json")
        exchange = Topology(os.environ.get("AMQP_PREFIX", "")).events
        connection.channel().basic_publish(exchange, "", json.dumps(event).encode(), properties, mandatory=True)
    return event_id


def test_no_password_is_printed() -> None:
    password = f"a-password-{uuid.uuid4().hex}"
    account = {"username": f"log-{uuid.uuid4().hex[:12]}", "email": "log@example.com", "password": password}
    assert system.request("POST", f"{system.USERS}/register", json=account).status_code == 200
    assert system.request("POST", f"{system.USERS}/login", json=account).status_code == 200
    wrong = account | {"password": password + "-wrong"}
    for path, body in (("login", wrong), ("checkpwd", wrong), ("register", account)):
        reply = system.request("POST", f"{system.USERS}/{path}", json=body)
        assert reply.status_code in (401, 409)
        assert password not in reply.text
    for body in (password.encode(), b'{"username": "x", "password": ["%s"]}' % password.encode()):
        json_type = {"Content-Type": "application/json"}
        assert system.request("POST", f"{system.USERS}/login", content=body, headers=json_type).status_code == 422
    assert password not in system.log()


def test_no_callback_url_is_printed_whether_it_works_or_not() -> None:
    token = f"token-{uuid.uuid4().hex}"
    path = f"{system.NOTIFICATION}/subscribe/{STUDENT}/{CLASS}"
    with Receiver() as receiver:
        url = receiver.url(f"/{token}?key={token}")
        assert system.request("POST", path, json={"proxyURL": url}).status_code == 200
        system.request("POST", f"{path}/noah/noah@example.com/{quote(url, safe='')}")
        for bad in (f"ftp://{token}.example.com/{token}", f"https://10.0.0.1/{token}", f"https://{token}@example.com/"):
            assert system.request("POST", path, json={"proxyURL": bad}).status_code == 422
        assert system.request("DELETE", f"{system.NOTIFICATION}/subscribe/remove/{STUDENT}/{CLASS}").status_code == 200

        elsewhere = (("location", f"https://example.com/{token}"),)
        receiver.answers = [Answer(500), Answer(302, elsewhere), Answer(410), Answer(200)]
        unreachable = quote(f"http://127.0.0.1:9/{token}", safe="")
        sent = [publish(receiver.proxy(f"/{token}?key={token}")) for _ in range(4)] + [publish(unreachable)]
        until(lambda: len(receiver.received) >= 4)
        until(lambda: all(event_id in system.log() for event_id in sent))
    assert token not in system.log()


def test_the_log_of_the_whole_run_holds_no_secret() -> None:
    # Started by hand, bin/start itself shows the demo password; what a process printed has its name before a bar.
    log = "\n".join(line for line in system.log().splitlines() if " | " in line)
    assert len(log) > 100
    assert found_in(log) == []
    assert os.environ["DEMO_PASSWORD"] not in log
    assert "guest:guest" not in log
