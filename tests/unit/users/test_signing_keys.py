"""The file with the keys that sign tokens, with a clock of the test's own."""

import json
import os
import stat
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from kit.errors import Unavailable
from users.adapters.signing_keys import SigningKeys
from users.domain.tokens import LONGEST_TOKEN_LIFETIME_S

LEAD_S = 300

# Half as long as real ones, and read in a fifth of the time: each reading of a file tests its keys.
pytestmark = pytest.mark.filterwarnings("ignore:Key size should be:joserfc.errors.SecurityWarning")


def rsa_key() -> RSAKey:
    return RSAKey.generate_key(1024, {"use": "sig", "alg": "RS256"}, auto_kid=True)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_702_450_800.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture(scope="module")
def made_before() -> list[RSAKey]:
    """Each takes its time to make."""
    return [rsa_key() for _ in range(4)]


@pytest.fixture
def keys(folder: Path, clock: Clock, made_before: list[RSAKey]) -> SigningKeys:
    return SigningKeys(folder, LEAD_S, clock, make_key=iter(made_before).__next__)


def published_kids(keys: SigningKeys) -> list[str]:
    return [key["kid"] for key in keys.published()["keys"]]


def test_the_first_key_signs_at_once_and_is_made_once(keys: SigningKeys, folder: Path) -> None:
    first = keys.ensure()
    before = (folder / "private.jwks.json").read_bytes()

    assert keys.ensure().kid == keys.current().kid == first.kid
    assert (folder / "private.jwks.json").read_bytes() == before


def test_only_the_owner_can_read_a_key(keys: SigningKeys, folder: Path) -> None:
    keys.ensure()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_what_is_published_holds_nothing_private(keys: SigningKeys) -> None:
    first = keys.ensure()

    [public] = keys.published()["keys"]
    assert set(public) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (public["kid"], public["use"], public["alg"]) == (first.kid, "sig", "RS256")


def test_a_new_key_is_published_before_it_signs(keys: SigningKeys, clock: Clock) -> None:
    old = keys.ensure()
    new = keys.rotate()

    assert published_kids(keys) == [old.kid, new.kid]
    clock.now_s += LEAD_S - 1
    assert keys.current().kid == old.kid
    clock.now_s += 1
    assert keys.current().kid == new.kid
    assert published_kids(keys) == [old.kid, new.kid]


def test_while_a_new_key_waits_to_sign_there_is_no_second_one(keys: SigningKeys, folder: Path, clock: Clock) -> None:
    keys.ensure()
    new = keys.rotate()
    clock.now_s += LEAD_S - 1

    assert SigningKeys(folder, LEAD_S, clock).rotate().kid == new.kid
    assert len(keys.all()) == 2


def test_an_old_key_stays_until_the_last_token_it_can_have_signed_has_expired(keys: SigningKeys, clock: Clock) -> None:
    first = keys.ensure()
    second = keys.rotate()
    clock.now_s += LEAD_S + LONGEST_TOKEN_LIFETIME_S
    third = keys.rotate()
    assert published_kids(keys) == [first.kid, second.kid, third.kid]

    clock.now_s += LEAD_S
    fourth = keys.rotate()
    assert published_kids(keys) == [second.kid, third.kid, fourth.kid]


def test_another_instance_sees_what_one_has_done(keys: SigningKeys, folder: Path, clock: Clock) -> None:
    other = SigningKeys(folder, LEAD_S, clock)
    assert keys.ensure().kid == other.ensure().kid

    keys.rotate()
    clock.now_s += LEAD_S
    assert other.current().kid == keys.current().kid == keys.all()[1].kid


def test_the_key_of_1_1_signs_on(keys: SigningKeys, folder: Path) -> None:
    old = rsa_key()
    folder.mkdir()
    (folder / "private.jwks.json").write_text(json.dumps({"keys": [old.as_dict(private=True)]}))

    assert keys.ensure().kid == old.kid
    assert published_kids(keys) == [old.kid]


def test_what_a_killed_process_left_is_written_over(keys: SigningKeys, folder: Path) -> None:
    first = keys.ensure()
    (folder / ".private.jwks.json").write_text('{"keys": [')

    new = keys.rotate()
    assert published_kids(keys) == [first.kid, new.kid]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"keys": [{}]}', '{"keys": [{"kty": "oct", "k": "AA"}]}'])
def test_a_file_that_holds_no_keys_is_reported_and_never_replaced(
    keys: SigningKeys, folder: Path, content: str
) -> None:
    keys.ensure()
    file = folder / "private.jwks.json"
    file.write_text(content)

    with pytest.raises(ValueError, match=r"private\.jwks\.json"):
        SigningKeys(folder, LEAD_S).ensure()
    assert file.read_text() == content


def test_keys_that_can_not_be_read_any_more_are_still_used(keys: SigningKeys, folder: Path) -> None:
    first = keys.ensure()
    os.unlink(folder / "private.jwks.json")

    assert keys.current().kid == first.kid
    with pytest.raises(Unavailable):
        SigningKeys(folder, LEAD_S).current()


def test_a_revoked_key_is_gone_and_another_signs_at_once(keys: SigningKeys, clock: Clock) -> None:
    stolen = keys.ensure()
    prepared = keys.rotate()

    assert keys.revoke(stolen.kid)
    assert not keys.revoke(stolen.kid)
    assert published_kids(keys) == [prepared.kid]
    assert keys.current().kid == prepared.kid
    assert keys.current().signs_from == clock.now_s

    assert keys.revoke(prepared.kid)
    assert keys.current().kid not in (stolen.kid, prepared.kid)
