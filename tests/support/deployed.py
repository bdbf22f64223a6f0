"""The services on tables that the CloudFormation template made, with the rights of its policies there and no others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from enrollment.bootstrap import Dependencies
from tests.support import forks
from tests.support.caller import Caller
from tests.support.consumers import ROOT, Consumers
from tests.support.guarded_dynamodb import GuardedDynamoDB, guarded, resources
from tests.support.http import TLS, is_ready
from tests.support.ports import free_port
from tests.support.waiting import until
from tests.support.world import Process, World, fresh_world

ONLY_ON_AWS = {
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "Tags",
    "WarmThroughput",
}


def deploy(deps: Dependencies) -> None:
    """The template's tables, as far as DynamoDB Local can have them."""
    client, prefix = deps.database, deps.tables.prefix
    for properties in resources("AWS::DynamoDB::Table").values():
        name = properties["TableName"]["Fn::Sub"].replace("${TablePrefix}", prefix)
        wanted = {key: value for key, value in properties.items() if key not in ONLY_ON_AWS}
        expiry = wanted.pop("TimeToLiveSpecification", None)
        for index in wanted.get("GlobalSecondaryIndexes", []):
            index.pop("WarmThroughput", None)
        client.create_table(**wanted | {"TableName": name})
        if expiry:
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)


@dataclass
class Deployed:
    world: World
    guards: dict[str, GuardedDynamoDB]
    users: httpx.Client
    notification: httpx.Client
    calls: Caller
    consumers: Consumers

    def environment(self, role: str) -> dict[str, str]:
        return self.world.environment(DYNAMODB_ENDPOINT=self.guards[role].url)

    def command(self, module: str, *words: str | Path) -> None:
        """Run as an operator."""
        subprocess.run(
            [sys.executable, "-m", module, *words], check=True, cwd=ROOT, env=self.environment("Operator"), timeout=60
        )


@contextmanager
def deployed(keys: Path) -> Iterator[Deployed]:
    """`keys` is the folder for those of users."""
    with ExitStack() as stack:
        world = stack.enter_context(fresh_world(deploy))
        roles = ("Users", "Enrollment", "OutboxRelay", "Notification", "Operator")
        upstream = os.environ["DYNAMODB_ENDPOINT"]
        prefix = world.settings.table_prefix
        guards = {role: stack.enter_context(guarded(upstream, role, prefix)) for role in roles}
        own = {"KEYS_DIR": str(keys), "JWT_ISSUER": "us", "JWT_AUDIENCE": "you"}
        # What is refused here is refused for want of a right, not of time.
        users = _start(world, "users", guards["Users"], REPLY_WITHIN_S="9", **own)
        enrollment = world.start_service(
            DYNAMODB_ENDPOINT=guards["Enrollment"].url, USERS_URL=users, REPLY_WITHIN_S="20"
        )
        told = {"ENROLLMENT_URL": enrollment.url, "CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8"}
        notification = _start(world, "notification", guards["Notification"], **told)
        consumers = stack.enter_context(Consumers(world.environment(DYNAMODB_ENDPOINT=guards["Notification"].url)))
        yield Deployed(
            world,
            guards,
            stack.enter_context(httpx.Client(base_url=users, trust_env=False, verify=TLS, timeout=20)),
            stack.enter_context(httpx.Client(base_url=notification, trust_env=False, verify=TLS, timeout=20)),
            stack.enter_context(closing(Caller(enrollment))),
            consumers,
        )


def _start(world: World, service: str, guard: GuardedDynamoDB, **more: str) -> str:
    """Its URL, once it is ready."""
    port = free_port()
    words = (f"{service}.app:create_app", "--port", str(port))
    environment = world.environment(LOG_LEVEL="WARNING", DYNAMODB_ENDPOINT=guard.url, **more)
    world.processes.append(Process(forks.start_module("kit.web.serve", *words, environment=environment)))
    url = f"http://127.0.0.1:{port}"
    until(lambda: is_ready(url), lambda: f"{service} did not become ready: it lacks {guard.refused}", timeout_s=60)
    return url
