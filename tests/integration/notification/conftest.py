"""Real Redis, RabbitMQ, SMTP and HTTP for the consumers. A server that is missing fails the tests."""

import os
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pika
import pytest
import redis

from etc.contracts.channel import Channel
from etc.contracts.topology import Topology
from kit.messaging.amqp import parameters
from kit.stores.redis_client import connect
from notification.settings import CallbackSettings
from notification.stores import Stores, open_stores
from tests.support.consumers import ConsumerProcess, Consumers
from tests.support.mailbox import Mailbox
from tests.support.post_office import PostOffice
from tests.support.receiver import Receiver

RETRY_DELAYS_S = (0.2, 0.4, 0.6)
CLASSES = range(1, 11)


@pytest.fixture(scope="session")
def redis_url() -> str:
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def amqp_url() -> str:
    return os.environ["AMQP_URL"]


@pytest.fixture(scope="session")
def store(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as client:
        client.ping()
        yield client


@pytest.fixture(scope="session")
def stores(redis_url: str) -> Stores:
    """Those of the system that runs; each test has a student and events of its own."""
    stores = open_stores(CallbackSettings(environment="development", redis_url=redis_url))
    stores.prepare(lambda: False)
    return stores


@pytest.fixture(scope="session")
def enrollment_url() -> Iterator[str]:
    """A stand-in for the enrollment service's look-up of a class: it has CLASSES."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, kind, number = self.path.split("/")
            self.send_response(200 if kind == "class" and int(number) in CLASSES else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def student_id(store: redis.Redis) -> Iterator[int]:
    """A student nobody else has."""
    number = uuid.uuid4().int % 2**52 + 1
    yield number
    of_student = (f"{name}:{{{number}}}" for name in ("deliveries", "delivery-log", "receivers"))
    for key in (f"subscription:{number}", f"tries:redeliver:{number}", f"tries:test:{number}", *of_student):
        store.delete(key)  # of a cluster, each may be elsewhere


@pytest.fixture
def topology(amqp_url: str) -> Iterator[Topology]:
    """Exchanges and queues of this test alone, deleted at its end."""
    names = Topology(f"test-{uuid.uuid4().hex[:12]}.")
    yield names
    with pika.BlockingConnection(parameters(amqp_url, "tests")) as connection:
        amqp = connection.channel()
        for channel in Channel:
            delays = [names.retry_queue(channel, round(delay_s * 1000)) for delay_s in (*RETRY_DELAYS_S, 0.6, 3, 60)]
            for queue in (names.queue(channel), names.dead_queue(channel), *delays):
                amqp.queue_delete(queue)
        for exchange in (names.events, names.dead_exchange):
            amqp.exchange_delete(exchange)


@pytest.fixture
def post_office(amqp_url: str, topology: Topology) -> Iterator[PostOffice]:
    with PostOffice(amqp_url, topology) as office:
        yield office


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture
def consumers(redis_url: str, amqp_url: str, topology: Topology, mailbox: Mailbox) -> Iterator[Consumers]:
    """Starts consumer processes, and ends them."""
    environment = {
        "ENVIRONMENT": "development",
        "LOG_LEVEL": "DEBUG",
        "REDIS_URL": redis_url,
        "DYNAMODB_ENDPOINT": os.environ["DYNAMODB_ENDPOINT"],
        "AMQP_URL": amqp_url,
        "AMQP_PREFIX": topology.prefix,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mailbox.port),
        "SMTP_TIMEOUT_S": "2",
        "WEBHOOK_TIMEOUT_S": "2",
        "RETRY_DELAYS_S": ",".join(map(str, RETRY_DELAYS_S)),
        "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    with Consumers(environment) as started:
        yield started


@pytest.fixture
def webhook_consumer(consumers: Consumers) -> ConsumerProcess:
    return consumers.start("webhook")


@pytest.fixture
def email_consumer(consumers: Consumers) -> ConsumerProcess:
    return consumers.start("email")
