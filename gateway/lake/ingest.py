"""Ingest: data files become records of the lake, all or nothing.

The order matters. Raw identifiers go to the vault first, marked with their submission; then one
transaction of the lake changes the records; then the vault counts the submission as settled. A
kill in between leaves the lake as it was or whole, and the vault mends itself by what the lake
holds (`gateway/lake/mending.py`).
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gateway.errors import IngestError, LakeError, WeirError
from gateway.lake.cell_tallies import code_rows
from gateway.lake.corrections import Corrections
from gateway.lake.deposits import Deposits
from gateway.lake.engine import quoted
from gateway.lake.gates import Verdict, let_through
from gateway.lake.leaving_out import Checked, leave_out
from gateway.lake.loading import Stage, load_staged
from gateway.lake.mapping import open_mapped
from gateway.lake.quality import check_quality, score_of
from gateway.lake.readers import FOUND, declared_columns, open_source
from gateway.lake.records import Intake, Rows, Submission
from gateway.lake.relabelled import check_labels
from gateway.lake.report import IngestReport
from gateway.lake.sources import Facts, Source, SourceError
from gateway.lake.statements import STAGED
from gateway.lake.tables import value_columns
from gateway.lake.taking import named_in
from policies.reasons import Reason

if TYPE_CHECKING:
    import duckdb

    from gateway.keys import Keys
    from gateway.lake.connection import Lake
    from gateway.lake.data_files import DataFile
    from gateway.lake.gates import Door, Gate
    from policies.documents import DatasetDocument, FileLayout, RecipeDocument

Progress = Callable[[int], None]


@dataclass(frozen=True)
class DataFiles:
    """The files of one load, how they are laid out, and the recipe that maps them.

    What isn't said of the layout is taken from the recipe, and what it doesn't say is found.
    """

    paths: tuple[DataFile, ...]
    layout: FileLayout = FOUND
    recipe: RecipeDocument | None = None


def _silent(rows: int) -> None:
    del rows


def ingest(  # noqa: PLR0913, PLR0917 - two stores, their keys, and what goes where
    lake: Lake,
    vault: Door,
    keys: Keys,
    document: DatasetDocument,
    files: DataFiles,
    submission: Submission,
    progress: Progress = _silent,
    corrections: Corrections | None = None,
    gate: Gate = let_through,
    sharing: Sequence[str] = (),
) -> IngestReport:
    """Load data files into a dataset, whether an operator or a contributor brings them.

    Guarantee: the lake holds all accepted records of the load or none, whatever stops it. The
    same submission loaded again changes nothing.

    Args:
        lake: of the home.
        vault: of the same home; `gates.NO_VAULT` where the gate lets nothing through anyway.
        keys: of the same home.
        document: the dataset.
        files: one submission, several files or one.
        submission: who gives it, and how.
        progress: is told how many rows were read so far.
        corrections: of this load's cells; those that were accepted are done.
        gate: is asked once all is checked, before anything changes.
        sharing: other datasets that name people by identifiers of the same domain.

    Returns:
        The report; without a snapshot where the gate stopped the load.

    Raises:
        IngestError: the files were refused as a whole; carries the report.
        LakeError: the lake can't be written, or others keep changing the same records.
        StorageFullError: no room is left on the disk.
    """
    intake = Intake(document, submission, keys)
    corrections = corrections or Corrections(document, submission.zone)
    report = IngestReport(document.dataset, submission.id, submission.mode)
    vault.forget(submission.id)
    try:
        sources = [_open(path, files, intake) for path in files.paths]
        report = replace(report, files=tuple(source.facts for source in sources))
        with _staging(lake, document) as (cursor, stage):
            deposits = Deposits(vault, submission.id, document.dataset)
            for ordinal, source in enumerate(sources):
                for rows in _read(intake, corrections, source, ordinal):
                    deposits.add(rows)
                    _stage(cursor, stage, rows)
                    progress(intake.rows_read)
            deposits.flush()
            checked = Checked(lake, vault, cursor, stage, intake, report.files)
            _drop_withdrawn(checked)
            accepted = _drop_duplicates(checked)
            accepted -= check_quality(checked)
            if lake.has_table(document.dataset):
                check_labels(cursor, stage.records, document, submission)
            kept = _warn_of_kept(cursor, stage, intake, report.files)
            _check_accepted(accepted, kept, document, submission)
            told = _filled(replace(report, accepted=accepted), intake, corrections)
            if gate(told) is Verdict.STOP:
                vault.forget(submission.id)
                return told
            loaded = load_staged(lake, cursor, stage, document, submission, keys, sharing)
    except SourceError as error:
        vault.forget(submission.id)
        raise IngestError(
            _filled(replace(report, problems=(error.reason,)), intake, corrections)
        ) from None
    except BaseException:
        _take_back(lake, vault, submission.id)
        raise
    vault.settle(submission.id, document.dataset, loaded.superseded)
    done = replace(report, accepted=accepted, updated=loaded.updated, snapshot=loaded.snapshot)
    return _filled(done, intake, corrections)


def _take_back(lake: Lake, vault: Door, submission: str) -> None:
    """Take out what a failed load brought; where that can't be done now, the next start does it.

    An error may come after the lake's transaction: what is in the lake keeps its identifiers.
    """
    with contextlib.suppress(WeirError):
        if submission not in lake.committed_submissions():
            vault.forget(submission)


def _check_accepted(
    accepted: int, kept: int, document: DatasetDocument, submission: Submission
) -> None:
    """A load that brings nothing changes nothing: with `replace` it would empty the dataset.

    Statements of refused rows are something.
    """
    if not accepted and (not kept or submission.mode == "replace"):
        raise SourceError(Reason("nothing-accepted", {"dataset": document.dataset}))


def _open(file: DataFile, files: DataFiles, intake: Intake) -> Source:
    document = intake.document
    if files.recipe is None:
        return open_source(file, declared_columns(document), files.layout)
    return open_mapped(file, files.recipe, document, files.layout, intake.words)


def _filled(report: IngestReport, intake: Intake, corrections: Corrections) -> IngestReport:
    return replace(
        report,
        rows_read=intake.rows_read,
        rows_refused=intake.rows_refused,
        refused=intake.refused.problems(),
        warnings=intake.warned.problems(),
        repairs=corrections.repaired.problems(),
        proposals=corrections.proposed.problems(),
        columns=intake.tallies.columns(tuple(intake.document.columns)),
        score=score_of(intake),
        unmapped=intake.words.listed(),
        unmapped_left_out=intake.words.left_out,
    )


def _read(intake: Intake, corrections: Corrections, source: Source, ordinal: int) -> Iterator[Rows]:
    for batch in source.batches():
        yield intake.take(corrections.take(batch, source.facts.name), source.facts.name, ordinal)


@contextlib.contextmanager
def _staging(
    lake: Lake, document: DatasetDocument
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Stage]]:
    """Lend the temporary tables of this load; where they spill, DuckDB encrypts them."""
    name = secrets.token_hex(8)
    stage = Stage(f"stage_{name}", f"said_{name}")
    columns = {
        "weir_record": "BLOB",
        "weir_identity": "BLOB",
        "weir_file": "INTEGER",
        "weir_row": "BIGINT",
        **value_columns(document),
    }
    with lake.cursor() as cursor:
        _create_temporary(cursor, stage.records, columns)
        _create_temporary(cursor, stage.statements, STAGED)
        try:
            yield cursor, stage
        finally:
            cursor.execute(f"DROP TABLE IF EXISTS {stage.records}")
            cursor.execute(f"DROP TABLE IF EXISTS {stage.statements}")


def _create_temporary(
    cursor: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str]
) -> None:
    listed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
    cursor.execute(f"CREATE TEMP TABLE {name} ({listed})")


def _stage(cursor: duckdb.DuckDBPyConnection, stage: Stage, rows: Rows) -> None:
    for name, table in ((stage.records, rows.table), (stage.statements, rows.statements)):
        cursor.register("rows", _without_fixed_size(table))
        cursor.execute(f"INSERT INTO {name} BY NAME SELECT * FROM rows")
        cursor.unregister("rows")


def _without_fixed_size(table: pa.Table) -> pa.Table:
    """Return the table with roots as plain binary, which DuckDB reads as BLOB."""
    fields = [
        field.with_type(pa.binary()) if pa.types.is_fixed_size_binary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _drop_withdrawn(checked: Checked) -> None:
    """Refuse rows of what their giver took back: last month's rows in this month's file, mostly."""
    document, taken = checked.intake.document, checked.intake.submission.taken_back
    if taken:
        named = " OR ".join(f"({named_in(document, one)})" for one in taken)
        _refuse(checked, "withdrawn-before", f"WHERE {named}")


def _drop_duplicates(checked: Checked) -> int:
    """Refuse the later rows of a key that occurs twice in one load; return what is left.

    The first is kept: which of two contradicting rows is right, their giver has to say.
    """
    twice = "QUALIFY row_number() OVER (PARTITION BY weir_record ORDER BY weir_file, weir_row) > 1"
    _refuse(checked, "duplicate-key", twice)
    query = f"SELECT count(*) FROM {checked.stage.records}"
    counted = checked.cursor.execute(query).fetchone()
    if counted is None:
        raise LakeError("the lake didn't answer; load again")
    return int(counted[0])


def _refuse(checked: Checked, kind: str, which: str) -> None:
    query = f"SELECT weir_file, weir_row FROM {checked.stage.records} {which} ORDER BY ALL"
    places = checked.cursor.execute(query).fetchall()
    for file, row in places:
        checked.intake.refused.add(kind, checked.files[file].name, [row])
    if places:
        files, rows = (np.array(numbers) for numbers in zip(*places, strict=True))
        leave_out(checked, code_rows(files, rows))


def _warn_of_kept(
    cursor: duckdb.DuckDBPyConnection, stage: Stage, intake: Intake, files: Sequence[Facts]
) -> int:
    """Report the refused rows whose word on consent is kept; return how many there are."""
    column = intake.document.column_of("consent") or ""
    kept = cursor.execute(
        f"SELECT weir_file, weir_row FROM {stage.statements} WHERE weir_refused ORDER BY ALL",
    ).fetchall()
    for file, row in kept:
        intake.warned.add("statement-kept", files[file].name, [row], column)
    return len(kept)
