"""An answer as files: what was released, its manifest, its receipt, and a table to work with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.client.errors import OutputFileError
from gateway.client.outputs import OutputFiles, staging
from gateway.files import create_exclusively, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from gateway.client.answers import Aggregated, Evidence

ENDINGS = (".csv", ".json")


@dataclass(frozen=True)
class AnswerFiles:
    """Where an answer goes.

    The manifest and the receipt are of the released bytes, which are JSON. So they lie beside
    these: of `counts.json` itself, or of `counts.csv.json`, from which `counts.csv` was made.
    `weir verify` takes that file, or the table, whose values it compares with it.

    Attributes:
        output: as the caller named it.
    """

    output: Path

    @property
    def released(self) -> OutputFiles:
        """The released bytes, and what proves them."""
        is_table = self.output.suffix.lower() == ".csv"
        return OutputFiles(
            self.output.with_name(self.output.name + ".json") if is_table else self.output
        )

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file, the receipt last."""
        released = self.released
        table = () if released.file == self.output else (self.output,)
        return (*table, released.file, released.manifest, released.receipt)


def answer_files(output: Path, *, replace: bool) -> AnswerFiles:
    """Name the files of an answer, before it is asked for.

    Raises:
        OutputFileError: another ending, a file that is there already, or no such folder.
    """
    if output.suffix.lower() not in ENDINGS:
        raise OutputFileError(f"{output.name} doesn't end in .csv or .json; name it so")
    files = AnswerFiles(output.absolute())
    if not files.output.parent.is_dir():
        raise OutputFileError(f"there is no folder {files.output.parent}; make it first")
    taken = [path.name for path in files.all if path.exists()]
    if taken and not replace:
        raise OutputFileError(
            f"already there: {', '.join(taken)}; name another output, or replace them (--replace)"
        )
    return files


def save_answer(answered: Aggregated, files: AnswerFiles) -> None:
    """Write a verified answer; the receipt gets its name last.

    Raises:
        OutputFileError: the folder can't be written; the same request again costs nothing.
    """
    with staging(files.released) as staged:
        write_evidence(answered.evidence, staged)
        if files.output != files.released.file:
            table = as_csv(answered.rows)
            create_exclusively(staged.file.with_name(files.output.name), table)
        files.released.receipt.unlink(missing_ok=True)
        for target in files.all:
            staged.file.with_name(target.name).replace(target)
        sync_folder(files.output.parent)


def write_evidence(evidence: Evidence, files: OutputFiles) -> None:
    """Write what was released and what proves it, so that `weir verify` finds all of it."""
    create_exclusively(files.file, evidence.content)
    create_exclusively(files.manifest, evidence.manifest)
    create_exclusively(files.receipt, evidence.receipt)


def as_csv(table: pa.Table) -> bytes:
    """Return a table as CSV that no spreadsheet takes for formulas."""
    from gateway.outputs import csv_file

    out = io.BytesIO()
    csv_file.write([_written_out(table)], out, title="")
    return out.getvalue()


def _written_out(table: pa.Table) -> pa.Table:
    """Turn floats into the decimals that they were answered as; files hold no floats."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            exact = [
                None if value is None else Decimal(repr(value))
                for value in table.column(place).to_pylist()
            ]
            table = table.set_column(place, field.name, pa.array(exact))
    return table
