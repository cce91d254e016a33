"""Writing released bytes sealed, and recounting what was written before it may leave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from anonymizers.recount import Recount, recount
from gateway.outputs.codebook import write_codebook
from gateway.outputs.formats import output_format
from gateway.redacting import check_redacted
from gateway.sealed import SealedReader, SealedWriter

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.protecting import Protected
    from policies.plans import ExtractPlan

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Written:
    """A sealed file that passed the recount.

    Attributes:
        sha256: hex, of the plain bytes.
        recount: what the independent verifier counted on them.
    """

    sha256: str
    recount: Recount


def write_and_recount(path: Path, key: bytes, plan: ExtractPlan, protected: Protected) -> Written:
    """Write the released table, read the very bytes back, and recount every promise on them.

    Raises:
        RecountError: the file doesn't keep what the plan promises; it must not leave.
        OutputError: the format can't hold the table.
    """
    chosen = output_format(plan.format)
    with SealedWriter(path, key) as out:
        chosen.write(protected.table, cast("BinaryIO", out), title=plan.dataset)
    with SealedReader(path, key) as source:
        written = chosen.read_back(cast("BinaryIO", source))
    check_redacted(written, plan)
    counted = recount(written, protected.minors, protected.rules)
    return Written(_sha256(path, key), counted)


def write_codebook_file(path: Path, key: bytes, protected: Protected) -> str:
    """Write the codebook sealed under the content's key; return the SHA-256 of its bytes."""
    with SealedWriter(path, key) as out:
        write_codebook(protected.codebook, cast("BinaryIO", out))
    return _sha256(path, key)


def _sha256(path: Path, key: bytes) -> str:
    digest = hashlib.sha256()
    with SealedReader(path, key) as source:
        while block := source.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
