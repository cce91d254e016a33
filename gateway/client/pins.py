"""The gateway's log key, pinned beside the partner's own key at the first pull.

Trust on first use: from then on a gateway that shows another key is refused, so whoever gets
between partner and gateway later can't make receipts that this partner would believe. The first
use itself is only as good as TLS and the fingerprint that people compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.audit.verifier import FormatError, VerifierKey, load_vkey, parse_vkey
from gateway.client.errors import PinnedKeyError
from gateway.files import create_exclusively

if TYPE_CHECKING:
    from pathlib import Path

PIN_MODE = 0o644  # a public key


@dataclass(frozen=True)
class Pin:
    """The gateway's key as this partner knows it.

    Attributes:
        file: where it is, or will be, kept.
        vkey: the key.
        is_new: shown now for the first time and not kept yet.
    """

    file: Path
    vkey: VerifierKey
    is_new: bool


def pin_file(key_file: Path) -> Path:
    """Return where the gateway's key is pinned: beside the partner's key."""
    return key_file.with_name(key_file.name + ".vkey")


def compare_pin(key_file: Path, shown: str) -> Pin:
    """Compare the key that the gateway shows with the pinned one, if there is one.

    Raises:
        PinnedKeyError: they differ, or either is no verifier key.
    """
    file = pin_file(key_file)
    try:
        vkey = parse_vkey(shown)
    except FormatError as error:
        raise PinnedKeyError(f"the gateway shows no usable log key: {error}") from error
    if not file.exists():
        return Pin(file, vkey, is_new=True)
    _check_same(file, vkey)
    return Pin(file, vkey, is_new=False)


def keep_pin(pin: Pin) -> None:
    """Keep a new pin; if another pull kept one meanwhile, it must be the same.

    Raises:
        PinnedKeyError: it isn't, or the folder can't be written.
    """
    if not pin.is_new:
        return
    try:
        create_exclusively(pin.file, f"{pin.vkey}\n".encode(), PIN_MODE)
    except FileExistsError:
        _check_same(pin.file, pin.vkey)
    except OSError as error:
        raise PinnedKeyError(
            f"the gateway's key can't be kept in {pin.file}: {error.strerror}; "
            "move your key to a folder that you can write"
        ) from error


def _check_same(file: Path, shown: VerifierKey) -> None:
    try:
        pinned = parse_vkey(load_vkey(str(file)))
    except FormatError as error:
        raise PinnedKeyError(
            f"{file} holds no log key ({error}); delete it and compare the fingerprint anew"
        ) from error
    if pinned != shown:
        raise PinnedKeyError(
            f"the gateway signs as {shown.name} {shown.fingerprint}, but {file} holds "
            f"{pinned.name} {pinned.fingerprint}. Either this is another gateway (use another "
            "copy of your key for it), or it has a new key, or somebody is in between. Ask its "
            f"operator; only if they confirm the new fingerprint, delete {file} and pull again."
        )
