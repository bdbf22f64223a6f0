"""The three services as processes of their own, with the development data in tables of their own.

They want the gateway's secret, as in production. What is asked of them disturbs nobody: tables and queues have a
prefix, and the database in Redis is emptied afterwards.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.users.conftest import fresh_tables
from tests.support import forks
from tests.support.http import is_ready
from tests.support.ports import free_port
from tests.support.waiting import until
from tests.support.world import START_TIMEOUT_S, Process, World, fresh_world
from users.settings import UsersSettings

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-that-only-the-gateway-knows"


@contextmanager
def own_services() -> Iterator[dict[str, str]]:
    """Their URLs by name. Needs DYNAMODB_ENDPOINT, REDIS_URL, AMQP_URL and DEMO_PASSWORD in the environment."""
    with fresh_world() as world, fresh_tables(_users_settings(world)):
        ports = {service: free_port() for service in ("users", "enrollment", "notification")}
        urls = {service: f"http://127.0.0.1:{port}" for service, port in ports.items()}
        settings = world.environment(
            USERS_URL=urls["users"],
            ENROLLMENT_URL=urls["enrollment"],
            JWT_ISSUER="the issuer",
            JWT_AUDIENCE="the audience",
            TRIES_PER_MINUTE="0",
            FAILURES_PER_ADDRESS="0",
            FAILURES_PER_ACCOUNT="0",
            GATEWAY_SECRET=SECRET,
            LOG_LEVEL="WARNING",
        )
        try:
            for service, port in ports.items():
                words = (f"{service}.app:create_app", "--port", str(port))
                popen = forks.start_module("kit.web.serve", *words, environment=settings)
                world.processes.append(Process(popen, urls[service]))
            for process in world.processes:
                until(
                    lambda url=process.url: is_ready(url),
                    f"{process.url} did not become ready",
                    timeout_s=START_TIMEOUT_S,
                )
            for service in ("users", "enrollment"):
                subprocess.run(
                    [sys.executable, "-m", f"{service}.cli.development_data"], env=settings, cwd=ROOT, check=True
                )
            yield urls
        finally:
            world.end_processes()
            world.redis.flushdb()


def _users_settings(world: World) -> UsersSettings:
    return UsersSettings(
        environment="development",
        dynamodb_endpoint=world.settings.dynamodb_endpoint,
        table_prefix=world.settings.table_prefix,
        jwt_issuer="the issuer",
        jwt_audience="the audience",
        keys_dir=Path("unused"),
    )


if __name__ == "__main__":  # to look at what a run found: the services stay until Enter is pressed
    with own_services() as found:
        print(found, flush=True)
        sys.stdin.readline()
