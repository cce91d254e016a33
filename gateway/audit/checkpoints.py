"""Checkpoints: what the log signs, and the one rule that it never signs a fork."""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
from pathlib import Path

from gateway.audit import tree
from gateway.audit.notes import NoteSigner, sign_note
from gateway.audit.verifier import (
    Checkpoint,
    ProofError,
    VerifierKey,
    parse_checkpoint,
    parse_note,
    verify_note,
)


class ForkError(ProofError):
    """The log at hand does not extend what it signed before."""


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Write the text that is signed: origin, size, root, one line each."""
    encoded = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encoded}\n"


def open_checkpoint(note: bytes, vkey: VerifierKey) -> Checkpoint:
    """Read a signed checkpoint of the log that `vkey` names.

    Raises:
        VerifierError: malformed, signed by another key, or of another log.
    """
    parsed = parse_note(note)
    verify_note(parsed, vkey)
    checkpoint = parse_checkpoint(parsed.text)
    if checkpoint.origin != vkey.name:
        raise ProofError(f"a checkpoint of {checkpoint.origin}, not of {vkey.name}")
    return checkpoint


def issue_checkpoint(
    size: int, node: tree.NodeReader, signer: NoteSigner, last_signed: bytes | None
) -> bytes:
    """Sign the tree of `size` leaves.

    Guarantee: what is signed extends `last_signed`. This holds as long as the caller hands in the
    newest checkpoint it knows, from outside the database too, and one process signs at a time.

    Args:
        size: number of leaves.
        node: reads the stored nodes.
        signer: the log's key; its name is the log's origin.
        last_signed: the newest signed checkpoint; None only for a log that never signed.

    Raises:
        ForkError: the log holds less than it signed, or something else.
        VerifierError: `last_signed` isn't a checkpoint by this key.
    """
    if last_signed is not None:
        check_extends(open_checkpoint(last_signed, signer.vkey), size, node)
    checkpoint = Checkpoint(signer.name, size, tree.root(size, node))
    return sign_note(checkpoint_text(checkpoint), signer)


def check_extends(signed: Checkpoint, size: int, node: tree.NodeReader) -> None:
    """Refuse a log that lost or changed entries under a checkpoint which it signed.

    Raises:
        ForkError: it did.
    """
    if size < signed.size:
        raise ForkError(
            f"the log has {size} entries but signed {signed.size}: an old backup was restored. "
            "Restore a newer one; the log must not sign twice."
        )
    if tree.root(signed.size, node) != signed.root:
        raise ForkError(
            f"the first {signed.size} entries are not those that the log signed. "
            "Run `weir audit check` and restore a backup that is whole."
        )


def read_checkpoint_file(path: Path) -> bytes | None:
    """Read the checkpoint that is kept outside the database; None where the log never signed."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def write_checkpoint_file(path: Path, note: bytes) -> None:
    """Replace the kept checkpoint: after a crash the file is the old one or the new one, whole."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(note)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
