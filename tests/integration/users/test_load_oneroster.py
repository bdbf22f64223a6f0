"""bin/load-students with a OneRoster package, on a real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.users.conftest import fresh_settings, fresh_tables
from users.adapters.account_store import AccountStore
from users.api.requests import AccountRow
from users.cli.load_students import PasswordFile, loader
from users.cli.oneroster_accounts import accounts as rostered
from users.service.passwords import Passwords

PASSWORDS = Passwords(at_once=2, memory_kib=64, rounds=1)
MANIFEST = "propertyName,value\noneroster.version,1.2\nfile.users,bulk\nfile.roles,bulk\n"
USERS = '''\
sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,email,password
u1,,,true,ada,Ada,Lovelace,ada@x.org,
u2,,,true,bob,Bob,"Ross, ""the painter""",bob@x.org,a long one
u3,,,true,eve,Eve,Online,eve@x.org,
u4,,,false,old,Old,User,old@x.org,
u5,tobedeleted,,true,gone,Gone,User,gone@x.org,
u6,,,true,none,No,Role,none@x.org,
u7,,,true,boss,Big,Boss,boss@x.org,
u8,,,true,zoe,Zoë,Größe,,
u9,,,true,Ada,Another,Ada,ada@x.org,
'''
ROLES = """\
userSourcedId,roleType,role
u1,primary,teacher
u1,secondary,student
u2,primary,student
u3,primary,student
u4,primary,student
u7,primary,siteAdministrator
u8,primary,student
u9,primary,student
"""


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[AccountStore]:
    settings = fresh_settings(tmp_path / "keys")
    with fresh_tables(settings) as client:
        yield AccountStore(client, settings.table_prefix)


def load(accounts: AccountStore, folder: Path) -> tuple[int, PasswordFile]:
    made_up = PasswordFile(folder / f"passwords-{len(list(folder.iterdir()))}.csv")
    return loader(accounts, made_up, PASSWORDS, AccountRow).run_rows(rostered(folder)), made_up


def test_students_and_teachers_get_accounts_and_the_others_a_reason(
    accounts: AccountStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in (("manifest", MANIFEST), ("users", USERS), ("roles", ROLES)):
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    status, made_up = load(accounts, tmp_path)
    said = capsys.readouterr()
    assert (status, made_up.count) == (1, 2)
    assert "3 added, 0 there already and left as they are, 6 bad rows" in said.out
    for reason in (
        "users.csv, line 5: is to be deleted or not enabled",
        "users.csv, line 6: is to be deleted or not enabled",
        "users.csv, line 7: has no role in roles.csv",
        "users.csv, line 8: role: a load gives student and teacher, not siteAdministrator",
        "users.csv, line 9: email: Field required",
        "users.csv, line 10: the same as users.csv, line 2",
    ):
        assert reason in said.err
    # Rows are loaded at once: any of them may get the first id.
    ada, bob = sorted(accounts.named(["ada", "bob"]), key=lambda one: one.username)
    assert (ada.username, ada.roles, bob.roles) == ("ada", ("student", "instructor"), ("student",))
    assert PASSWORDS.matches(bob.password_hash, "a long one")
    status, made_up = load(accounts, tmp_path)
    assert (status, made_up.count) == (1, 0)
    assert "0 added, 3 there already and left as they are, 6 bad rows" in capsys.readouterr().out
    assert sorted(accounts.named(["ada", "bob"]), key=lambda one: one.username) == [ada, bob]


def test_who_lacks_a_role_that_the_package_gives_is_a_bad_row(
    accounts: AccountStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in (("manifest", MANIFEST), ("users", USERS.split("u3")[0])):
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    for roles, status in (("u1,student\nu2,student\n", 0), ("u1,teacher\nu2,student\n", 1)):
        (tmp_path / "roles.csv").write_text(f"userSourcedId,role\n{roles}")
        assert load(accounts, tmp_path)[0] == status
    assert "ada is taken by an account with another e-mail or without the role" in capsys.readouterr().err
