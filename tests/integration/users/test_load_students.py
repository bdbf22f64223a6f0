"""bin/load-students on a real database."""

import csv
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.users.conftest import fresh_settings, fresh_tables
from users.adapters.account_store import AccountStore
from users.cli.load_students import PasswordFile, loader, passwords_beside
from users.service.passwords import Passwords

PASSWORDS = Passwords(at_once=2, memory_kib=64, rounds=1)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[AccountStore]:
    settings = fresh_settings(tmp_path / "keys")
    with fresh_tables(settings) as client:
        yield AccountStore(client, settings.table_prefix)


def load(accounts: AccountStore, folder: Path, content: str, new: str = "new.csv") -> tuple[int, PasswordFile]:
    (folder / "students.csv").write_text(content)
    made_up = PasswordFile(folder / new)
    return loader(accounts, made_up, PASSWORDS).run(folder / "students.csv"), made_up


def test_students_are_made_with_the_given_password_or_one_that_is_written_down(
    accounts: AccountStore, tmp_path: Path
) -> None:
    status, made_up = load(accounts, tmp_path, "username,email,password\njo,jo@x.org,a long one\nal,al@x.org,\n")
    assert (status, made_up.count) == (0, 1)
    jo, al = accounts.get_by_name("jo"), accounts.get_by_name("al")
    assert jo is not None
    assert al is not None
    assert jo.roles == al.roles == ("student",)
    assert PASSWORDS.matches(jo.password_hash, "a long one")
    with made_up.path.open(newline="") as file:
        [row] = csv.DictReader(file)
    assert row["username"] == "al"
    assert len(row["password"]) >= 16
    assert PASSWORDS.matches(al.password_hash, row["password"])
    assert stat.S_IMODE(made_up.path.stat().st_mode) == 0o600


def test_repeating_a_load_changes_no_account_and_makes_up_nothing(accounts: AccountStore, tmp_path: Path) -> None:
    content = "username,email\njo,jo@x.org\nal,al@x.org\n"
    assert load(accounts, tmp_path, content)[0] == 0
    before = accounts.get_by_name("jo")
    status, made_up = load(accounts, tmp_path, content, "newer.csv")
    assert (status, made_up.count, made_up.path.exists()) == (0, 0, False)
    assert accounts.get_by_name("jo") == before


def test_a_name_that_is_somebody_elses_is_a_bad_row_and_nobody_loses_an_account(
    accounts: AccountStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(accounts, tmp_path, "username,email,password\njo,jo@x.org,a long one\n")
    before = accounts.get_by_name("jo")
    rows = "Jo,other@x.org,my own one\nJO,jo@x.org,again again\na/b,a@x.org,12345678\nal,al@x.org,short\n"
    assert load(accounts, tmp_path, f"username,email,password\n{rows}")[0] == 1
    said = capsys.readouterr().err
    for reason in (
        "line 2: username: Jo is taken",
        "line 3: the same as line 2",
        "line 4: username",
        "line 5: password",
    ):
        assert reason in said
    assert "my own one" not in said
    assert accounts.get_by_name("jo") == before


def test_a_file_that_is_there_already_is_never_written_to(accounts: AccountStore, tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("mine")
    (tmp_path / "link.csv").symlink_to(tmp_path / "kept.csv")
    with pytest.raises(FileExistsError):
        load(accounts, tmp_path, "username,email\njo,jo@x.org\n", "link.csv")
    assert (tmp_path / "kept.csv").read_text() == "mine"


def test_two_loads_within_a_second_write_to_two_files(tmp_path: Path) -> None:
    names = {passwords_beside(tmp_path / "students.csv") for _ in range(2)}

    assert len(names) == 2
    assert {(name.parent, name.name[:19], name.suffix) for name in names} == {
        (tmp_path, "students.passwords-", ".csv"),
    }
