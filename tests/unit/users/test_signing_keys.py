"""The files with the keys that tokens are signed with."""

import json
import stat
from pathlib import Path
from typing import Any

from users.cli.signing_keys import add_key, ensure_keys


def keys(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text())["keys"]
    return found


def test_keys_are_made_once(tmp_path: Path) -> None:
    kid = ensure_keys(tmp_path / "keys")
    before = (tmp_path / "keys" / "private.jwks.json").read_bytes()

    assert ensure_keys(tmp_path / "keys") == kid
    assert (tmp_path / "keys" / "private.jwks.json").read_bytes() == before


def test_only_the_owner_can_read_the_private_key(tmp_path: Path) -> None:
    ensure_keys(tmp_path / "keys")

    assert stat.S_IMODE((tmp_path / "keys" / "private.jwks.json").stat().st_mode) == 0o600


def test_the_public_file_holds_nothing_private(tmp_path: Path) -> None:
    kid = ensure_keys(tmp_path)

    [public] = keys(tmp_path / "public.jwks.json")
    [private] = keys(tmp_path / "private.jwks.json")
    assert set(public) == {"kty", "n", "e", "kid", "use", "alg"}
    assert {"d", "p", "q"} <= set(private)
    assert public["kid"] == private["kid"] == kid == (tmp_path / "kid").read_text().strip()


def test_after_a_rotation_tokens_of_the_key_before_are_still_valid(tmp_path: Path) -> None:
    old = ensure_keys(tmp_path)
    new = add_key(tmp_path)

    assert [key["kid"] for key in keys(tmp_path / "public.jwks.json")] == [new, old]
    assert [key["kid"] for key in keys(tmp_path / "private.jwks.json")] == [new]


def test_keys_that_signed_nothing_for_long_are_dropped(tmp_path: Path) -> None:
    made = [add_key(tmp_path) for _ in range(4)]

    assert [key["kid"] for key in keys(tmp_path / "public.jwks.json")] == made[:0:-1]


def test_a_rotation_cut_short_is_made_good(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    new = add_key(tmp_path)
    (tmp_path / "kid").write_text("the id before\n")

    assert ensure_keys(tmp_path) == new
    assert (tmp_path / "kid").read_text().strip() == new
