"""Writing released bytes sealed, and recounting what was written before it may leave."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from gateway.outputs.codebook import write_codebook
from gateway.outputs.formats import output_format
from gateway.progress import Stage
from gateway.recounting import recounting
from gateway.redacting import check_redacted
from gateway.sealed import SealedReader, SealedWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from anonymizers.recount import Recount
    from gateway.progress import Report
    from gateway.protected import Protected
    from gateway.recounting import Recounting
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
    recounted = recounting(protected.rules, protected.spill)
    read = _WRITTEN + (1 - _WRITTEN) * recounted.counted_as_read
    with SealedWriter(path, key) as out:
        written = _noted(parts, recounted, Stage(report, 0, _WRITTEN, rows))
        chosen.write(written, cast("BinaryIO", out), title=plan.dataset)
    stage = Stage(report, _WRITTEN, read, rows)
    with SealedReader(path, key) as source:
        for table in chosen.read_back(cast("BinaryIO", source)):
            check_redacted(table, plan)
            recounted.count(table)
            stage.done(table.num_rows)
    counted = recounted.finish(Stage(report, read, 1, rows).reached)
    return Written(_sha256(path, key), counted)


def _noted(parts: Iterable[Part], recounted: Recounting, stage: Stage) -> Iterator[pa.Table]:
    """Hand on the tables, and note what the file doesn't say: who are minors, for one."""
    for part in parts:
        recounted.note(part)
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
