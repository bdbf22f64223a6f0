"""Registering, logging in and granting roles on a real DynamoDB."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx

from kit.stores import dynamo_tables
from tests.integration.users.tokens import claims_of
from tests.support.serving import served
from tests.support.waiting import until
from users.adapters.account_store import AccountStore
from users.adapters.try_counters import RateCounters
from users.app import create_app
from users.cli.development_data import demo_accounts
from users.service.passwords import Passwords
from users.settings import UsersSettings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

JO = {"username": "jo", "email": "jo@gmail.com", "password": "correct horse"}


def register_at_once(api: httpx.Client, bodies: list[dict[str, str]]) -> list[httpx.Response]:
    """A request that a busy service turns away, before anything is done, is repeated."""

    def register(body: dict[str, str]) -> httpx.Response:
        reply = until(lambda: None if (it := api.post("/register", json=body)).status_code == 503 else it)
        assert reply
        return reply

    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(register, bodies))


def test_of_twenty_who_want_a_name_at_once_one_gets_it(api: httpx.Client) -> None:
    names = ["jo", "Jo", "jO", "JO"] * 5
    replies = register_at_once(api, [JO | {"username": name, "email": f"{n}@a.org"} for n, name in enumerate(names)])

    assert sorted(reply.status_code for reply in replies) == [200] + [409] * 19
    [won] = [reply.json() for reply in replies if reply.status_code == 200]
    assert api.get(f"/getuser/{won['id']}").json() == won
    assert claims_of(api.post("/login", json=JO), api)["sub"] == str(won["id"])


def test_twenty_who_register_at_once_get_twenty_ids(api: httpx.Client) -> None:
    replies = register_at_once(api, [JO | {"username": f"jo{n}"} for n in range(20)])

    assert [reply.status_code for reply in replies] == [200] * 20
    assert len({reply.json()["id"] for reply in replies}) == 20


def test_no_reply_shows_a_hash(api: httpx.Client, accounts: AccountStore) -> None:
    registered = api.post("/register", json=JO)
    shown = api.get("/getuser/1")

    assert shown.json() == {"id": 1, "username": "jo", "email": "jo@gmail.com", "roles": ["student"]}
    kept = accounts.require(1).password_hash
    for reply in (registered, shown, api.post("/login", json=JO), api.put("/roles/1", json={"roles": ["student"]})):
        assert kept not in reply.text
        assert "argon2" not in reply.text


def test_an_unknown_user_and_a_wrong_password_are_answered_alike(api: httpx.Client) -> None:
    api.post("/register", json=JO)
    names = ("jo", "nobody", "..", "jo/1", "x" * 200, "\x00")
    replies = [api.post("/login", json={"username": name, "password": "wrong horse"}) for name in names]

    assert {reply.status_code for reply in replies} == {401}
    assert {reply.text for reply in replies} == {'{"detail":"User name or password is wrong"}'}
    assert len({tuple(sorted(reply.headers)) for reply in replies}) == 1


def test_a_password_can_be_checked_without_a_token(api: httpx.Client) -> None:
    api.post("/register", json=JO)

    assert api.post("/checkpwd", json=JO).status_code == 200
    assert api.post("/checkpwd", json=JO | {"password": "wrong horse"}).status_code == 401


def test_a_hash_with_old_parameters_is_replaced_at_login(api: httpx.Client, accounts: AccountStore) -> None:
    accounts.add_first(demo_accounts(Passwords(memory_kib=8, rounds=1).hash("correct horse")))

    assert api.post("/login", json={"username": "jack", "password": "correct horse"}).status_code == 200
    assert accounts.require(1).password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert api.post("/login", json={"username": "jack", "password": "correct horse"}).status_code == 200


def test_granted_roles_are_kept(api: httpx.Client) -> None:
    api.post("/register", json=JO)

    assert api.put("/roles/1", json={"roles": ["registrar", "instructor"]}).json()["roles"] == [
        "instructor",
        "registrar",
    ]
    assert api.get("/getuser/1").json()["roles"] == ["instructor", "registrar"]
    claims = claims_of(api.post("/login", json=JO), api)
    assert (claims["roles"], claims["scope"]) == (["instructor", "registrar"], "instructor registrar")


def test_a_user_who_does_not_exist_is_not_found(api: httpx.Client) -> None:
    assert api.get("/getuser/99").status_code == 404
    assert api.get("/getuser/by-name/nobody").status_code == 404
    assert api.get("/getuser/by-name/no%20body").status_code == 422
    assert api.put("/roles/99", json={"roles": ["student"]}).status_code == 404


def test_the_last_registrar_keeps_the_role(api: httpx.Client, accounts: AccountStore) -> None:
    accounts.add_first(demo_accounts("$argon2id$…"))

    refused = api.put("/roles/12", json={"roles": ["student", "instructor"]})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "User 12 is the last registrar; give somebody else the role first",
    )
    assert api.get("/getuser/12").json()["roles"] == ["registrar"]
    assert api.put("/roles/12", json={"roles": ["student", "registrar"]}).status_code == 200

    assert api.put("/roles/5", json={"roles": ["instructor", "registrar"]}).status_code == 200
    assert api.put("/roles/12", json={"roles": ["student"]}).status_code == 200
    assert api.put("/roles/5", json={"roles": ["instructor"]}).status_code == 409


def test_of_registrars_who_take_each_others_role_at_once_one_stays(api: httpx.Client, accounts: AccountStore) -> None:
    accounts.add_first(demo_accounts("$argon2id$…"))
    for uid in range(1, 9):
        assert api.put(f"/roles/{uid}", json={"roles": ["registrar"]}).status_code == 200

    registrars = [*range(1, 9), 12]
    with ThreadPoolExecutor(len(registrars)) as threads:
        replies = threads.map(lambda uid: api.put(f"/roles/{uid}", json={"roles": ["student"]}), registrars)
        statuses = sorted(reply.status_code for reply in replies)

    assert statuses == [200] * 8 + [409]
    assert [api.get(f"/getuser/{uid}").json()["roles"] for uid in registrars].count(["registrar"]) == 1


def test_roles_set_at_once_end_as_one_of_them_and_the_registrars_are_known(
    api: httpx.Client, accounts: AccountStore
) -> None:
    accounts.add_first(demo_accounts("$argon2id$…"))
    with ThreadPoolExecutor(6) as threads:
        wanted = [["student"], ["registrar"], ["instructor", "registrar"]] * 8
        replies = threads.map(lambda roles: api.put("/roles/1", json={"roles": roles}), wanted)
        assert {reply.status_code for reply in replies} <= {200, 409}

    api.put("/roles/1", json={"roles": ["student"]})
    assert api.put("/roles/12", json={"roles": ["student"]}).status_code == 409


def test_registrars_of_1_1_are_found_in_its_table(
    database: "DynamoDBClient", own_settings: UsersSettings, accounts: AccountStore
) -> None:
    accounts.add_first(demo_accounts("$argon2id$…"))
    database.delete_item(TableName=accounts.table, Key={"Key": {"S": "role:registrar"}})  # 1.1 had none

    with served(create_app(own_settings)) as api:
        until(lambda: api.put("/roles/12", json={"roles": ["student"]}).status_code == 409)
        assert api.put("/roles/5", json={"roles": ["instructor", "registrar"]}).status_code == 200
        assert api.put("/roles/12", json={"roles": ["student"]}).status_code == 200


def test_two_accounts_may_have_one_address_and_neither_learns_of_the_other(api: httpx.Client) -> None:
    """The first to register must not keep the owner out: etc/decisions/6-accounts-may-share-an-address.md."""
    replies = [api.post("/register", json=JO | {"username": name}) for name in ("jo", "not-jo")]

    assert [reply.json() for reply in replies] == [
        {"id": 1 + n, "username": name, "email": "jo@gmail.com", "roles": ["student"]}
        for n, name in enumerate(("jo", "not-jo"))
    ]


def test_people_are_found_by_ids_name_and_address(api: httpx.Client) -> None:
    for name in ("Jo", "mo", "not-jo"):
        assert api.post("/register", json=JO | {"username": name}).status_code == 200

    def names(**asked: str) -> list[str]:
        reply = api.get("/people", params=asked)
        assert reply.status_code == 200, reply.text
        return [person["username"] for person in reply.json()["people"]]

    assert names(ids="3,1,99") == ["Jo", "not-jo"]
    assert names(name="JO") == ["Jo"]
    assert names(name="mo,JO,nobody") == ["Jo", "mo"]
    assert names(email="JO@gmail.com") == ["Jo", "mo", "not-jo"]
    assert names(ids="2", name="jo") == ["Jo", "mo"]
    assert names(name="nobody", email="nobody@example.com") == names() == []
    assert "hash" not in api.get("/people", params={"ids": "1"}).text
    for malformed in ("0", "1,,2", "1;2", "x", ",".join(["1"] * 101)):
        assert api.get("/people", params={"ids": malformed}).status_code == 422
    assert api.get("/people", params={"name": ",".join(["jo"] * 101)}).status_code == 422


def test_instructors_are_named_and_nothing_else_is_told_of_anybody(api: httpx.Client) -> None:
    for name in ("jo", "mo"):
        assert api.post("/register", json=JO | {"username": name}).status_code == 200
    assert api.put("/roles/2", json={"roles": ["instructor"]}).status_code == 200
    told = api.get("/instructors", params={"ids": "1,2,99"})
    assert told.json() == {"instructors": [{"id": 2, "username": "mo"}]}
    assert api.get("/instructors").json() == {"instructors": []}
    assert api.get("/instructors", params={"ids": "x"}).status_code == 422


def test_a_table_of_1_1_gets_the_index_by_address(own_settings: UsersSettings, database: "DynamoDBClient") -> None:
    store = AccountStore(database, own_settings.table_prefix)
    database.delete_table(TableName=store.table)
    of_1_1 = {name: value for name, value in store.definition.items() if name != "GlobalSecondaryIndexes"}
    of_1_1["AttributeDefinitions"] = of_1_1["AttributeDefinitions"][:1]
    dynamo_tables.ensure_table(database, of_1_1)
    store.prepare()
    store.add_first(demo_accounts("$argon2id$…"))

    with served(create_app(own_settings)) as api:
        until(lambda: api.get("/people", params={"email": "jack@example.com"}).status_code == 200)
        assert api.get("/people", params={"email": "jack@example.com"}).json()["people"][0]["id"] == 1


def test_demo_users_are_loaded_once_and_the_next_user_is_13(api: httpx.Client, accounts: AccountStore) -> None:
    demo = demo_accounts(Passwords(memory_kib=8, rounds=1).hash("demo password"))

    assert accounts.add_first(demo)
    assert not accounts.add_first(demo)

    assert [api.get(f"/getuser/{uid}").json()["roles"] for uid in (1, 5, 7, 8, 12)] == [
        ["student"],
        ["instructor"],
        ["instructor"],
        ["student"],
        ["registrar"],
    ]
    assert api.post("/register", json=JO).json()["id"] == 13


def test_demo_users_are_not_loaded_beside_others(api: httpx.Client, accounts: AccountStore) -> None:
    api.post("/register", json=JO)

    assert not accounts.add_first(demo_accounts("$argon2id$…"))
    assert api.get("/getuser/2").status_code == 404


def test_the_first_registrar_comes_from_a_command(
    api: httpx.Client, own_settings: UsersSettings, accounts: AccountStore
) -> None:
    command = [sys.executable, "-m", "users.cli.create_user", "--username", "ada", "--email", "ada@example.com"]
    environment = os.environ | {"TABLE_PREFIX": own_settings.table_prefix}
    for expected in (0, 1):  # the second time the name is taken
        ended = subprocess.run(
            [*command, "--role", "registrar"],
            input="correct horse\n",
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == expected, ended.stderr

    assert "taken" in ended.stderr
    assert accounts.require(1).roles == ("registrar",)
    assert api.post("/login", json={"username": "ada", "password": "correct horse"}).status_code == 200


def test_it_is_ready_once_every_table_is_there(own_settings: UsersSettings, database: "DynamoDBClient") -> None:
    tables = [
        AccountStore(database, own_settings.table_prefix).definition["TableName"],
        RateCounters(database, own_settings.table_prefix).definition["TableName"],
    ]
    for table in tables:
        database.delete_table(TableName=table)

    with served(create_app(own_settings)) as api:
        until(lambda: api.get("/health/ready").status_code == 200)
        assert all(database.describe_table(TableName=table) for table in tables)


def test_while_the_database_is_not_there_requests_are_for_later(own_settings: UsersSettings) -> None:
    nowhere = own_settings.model_copy(update={"dynamodb_endpoint": "http://127.0.0.1:1"})
    with served(create_app(nowhere)) as api:
        for reply in (api.get("/getuser/1"), api.post("/login", json=JO), api.get("/health/ready")):
            assert reply.status_code == 503
            assert int(reply.headers["Retry-After"]) >= 1
            assert reply.json()["detail"]
        assert api.get("/health/live").status_code == 200
