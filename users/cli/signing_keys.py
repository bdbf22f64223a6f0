"""The keys KrakenD signs and validates tokens with (RS256): `python -m users.cli.signing_keys [--rotate] FOLDER`.

    private.jwks.json   the key that signs, readable by its owner alone
    public.jwks.json    that key and the ones before it, whose tokens are still good
    kid                 the id of the key that signs (RFC 7638 thumbprint)

KrakenD reads them when it starts: after a rotation it must be started again.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

KEY_BITS = 2048
# With tokens that live half an hour, even daily rotation leaves every token its key.
KEPT_KEYS = 3


def ensure_keys(folder: Path) -> str:
    """The id of the signing key, which is made if there is none. A run cut short is made good by the next."""
    private = folder / "private.jwks.json"
    if not private.exists():
        return add_key(folder)
    kid = str(json.loads(private.read_text())["keys"][0]["kid"])
    _replace(folder / "kid", f"{kid}\n", 0o644)
    return kid


def add_key(folder: Path) -> str:
    """Make a key, sign with it from KrakenD's next start on, and keep the former ones for validation."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": "RS256"}, private=True, auto_kid=True)
    public = [key.as_dict(private=False), *_public_keys(folder)][:KEPT_KEYS]
    # In this order, so that whatever signs can be validated.
    _replace(folder / "public.jwks.json", json.dumps({"keys": public}, indent=2), 0o644)
    _replace(folder / "private.jwks.json", json.dumps({"keys": [key.as_dict(private=True)]}, indent=2), 0o600)
    _replace(folder / "kid", f"{key.kid}\n", 0o644)
    return str(key.kid)


def _public_keys(folder: Path) -> list[dict[str, Any]]:
    file = folder / "public.jwks.json"
    keys: list[dict[str, Any]] = json.loads(file.read_text())["keys"] if file.exists() else []
    return keys


def _replace(file: Path, content: str, mode: int) -> None:
    """Write the file in one step, with the mode from its first byte on."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as target:
        target.write(content)
        target.flush()
        os.fsync(descriptor)
    unfinished.replace(file)


def main() -> None:
    parser = argparse.ArgumentParser(prog="signing_keys", description="Make the keys tokens are signed with.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rotate", action="store_true", help="make a new key even if there is one")
    arguments = parser.parse_args()
    kid = add_key(arguments.folder) if arguments.rotate else ensure_keys(arguments.folder)
    print(f"Tokens are signed with key {kid}")  # noqa: T201 - a command's result


if __name__ == "__main__":
    main()
