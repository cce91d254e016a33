"""The master key: 32 bytes that wrap every other key, kept outside the home.

The first provider that is named wins: the file `$WEIR_MASTER_KEY_FILE`, the systemd credential
`weir-master-key`, the file beside the home. A file holds 64 hexadecimal digits, so that it can be
printed and locked away.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import KeysError
from gateway.files import create_exclusively

if TYPE_CHECKING:
    from gateway.homes import Home

MASTER_KEY_BYTES = 32
CREDENTIAL = "weir-master-key"


def create_master_key(home: Home) -> bytes:
    """Make the master key of a new home, or take the one a provider already holds.

    Raises:
        KeysError: the default file exists, or a key would lie inside the home.
    """
    file = locate_master_key(home)
    if file.exists() and file != home.key_file:
        return load_master_key(home)
    key = secrets.token_bytes(MASTER_KEY_BYTES)
    try:
        create_exclusively(file, key.hex().encode() + b"\n", 0o600)
    except FileExistsError:
        raise KeysError(f"{file} exists and isn't overwritten: move it away first") from None
    except OSError as error:
        raise KeysError(f"{file} can't be written ({error.strerror}): give it a folder") from None
    return key


def load_master_key(home: Home) -> bytes:
    """Read the master key.

    Raises:
        KeysError: it is missing, others may read it, or it isn't 64 hexadecimal digits.
    """
    file = locate_master_key(home)
    try:
        text = file.read_bytes().strip()
    except FileNotFoundError:
        raise KeysError(
            f"no master key at {file}: put its backup there or name it in WEIR_MASTER_KEY_FILE; "
            f"without it nothing in this home can be read"
        ) from None
    except OSError as error:
        raise KeysError(f"{file} can't be read ({error.strerror}): correct its owner") from None
    _check_private(file)
    return _decode(file, text)


def locate_master_key(home: Home) -> Path:
    """Name the file that holds, or will hold, the master key."""
    named = os.environ.get("WEIR_MASTER_KEY_FILE")
    file = Path(named).absolute() if named else _credential() or home.key_file
    if file.resolve().is_relative_to(home.path.resolve()):
        raise KeysError(f"{file} lies inside the home: a backup of the home would hold its own key")
    return file


def _credential() -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    file = Path(folder) / CREDENTIAL if folder else None
    return file if file and file.exists() else None


def _check_private(file: Path) -> None:
    if file == _credential():  # systemd guards its folder; an ACL there shows as group bits
        return
    if file.stat().st_mode & 0o077:
        raise KeysError(f"others may read {file}: run `chmod 600 {file}`")


def _decode(file: Path, text: bytes) -> bytes:
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise KeysError(f"{file} isn't a master key (64 hexadecimal digits): restore its backup")
    return key
