"""Writing released bytes sealed, and recounting what was written before it may leave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from anonymizers.recount import Recount, Recounter
from gateway.outputs.codebook import write_codebook
from gateway.outputs.formats import output_format
from gateway.packed_flags import PackedFlags
from gateway.progress import Stage
from gateway.sealed import SealedReader, SealedWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from gateway.progress import Report
    from gateway.protecting import Protected
    from gateway.release_parts import Part
    from policies.plans import ExtractPlan

_BLOCK = 1 << 20
_WRITTEN = 0.6  # share of the time when all is written, and reading back begins


@dataclass(frozen=True)
class Written:
    """A sealed file that passed the recount.

    Attributes:
        sha256: hex, of the plain bytes.
        recount: what the independent verifier counted on them.
    """

    sha256: str
    recount: Recount


def write_and_recount(  # noqa: PLR0913, PLR0917 - where to, what, and what it promises
    path: Path,
    key: bytes,
    plan: ExtractPlan,
    protected: Protected,
    parts: Iterable[Part],
    report: Report,
) -> Written:
    """Write the released parts, read the very bytes back, and recount every promise on them.

    Args:
        path: of the sealed file.
        key: 32 bytes, of this file alone.
        plan: names the format.
        protected: what the file must be.
        parts: of it, in order.
        report: is told how far it is, from 0 to 1.

    Raises:
        RecountError: the file doesn't keep what the plan promises; it must not leave.
        OutputError: the format can't hold the table.
    """
    chosen, rows = output_format(plan.format), protected.rows.num_rows
    minors = PackedFlags()
    with SealedWriter(path, key) as out:
        written = _noted(parts, minors, Stage(report, 0, _WRITTEN, rows))
        chosen.write(written, cast("BinaryIO", out), title=plan.dataset)
    recounter, stage = Recounter(protected.rules), Stage(report, _WRITTEN, 1, rows)
    with SealedReader(path, key) as source:
        for table in chosen.read_back(cast("BinaryIO", source)):
            recounter.add(table, minors.take(table.num_rows))
            stage.done(table.num_rows)
    return Written(_sha256(path, key), recounter.finish())


def _noted(parts: Iterable[Part], minors: PackedFlags, stage: Stage) -> Iterator[pa.Table]:
    """Hand on the tables, and note who are minors, which the file doesn't say."""
    for part in parts:
        minors.add(part.minors)
        yield part.table
        stage.done(part.table.num_rows)


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
