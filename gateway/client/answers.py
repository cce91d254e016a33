"""Answers to questions for aggregates, as values of Python."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.client.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from gateway.audit.verifier import Verdict
    from gateway.client.pins import Pin
    from gateway.client.questions import Query

Row = dict[str, str | int | float | None]

LOW, HIGH = "_low", "_high"
"""Behind a measure's name: the ends of its interval."""
MEASURED_WITHOUT_ROWS = ("count_people",)
"""What an answer without rows measured: private keys alone can all be missing."""


@dataclass(frozen=True)
class Evidence:
    """That an answer left, and what left: verified before anybody sees it.

    Attributes:
        content: the canonical bytes whose SHA-256 the manifest names.
        manifest: canonical; receipt: a C2SP tlog-proof.
        verdict: `verified`, with the entry's place in the log.
        pin: the gateway's key; `is_new` if this request pinned it.
    """

    content: bytes
    manifest: bytes
    receipt: bytes
    verdict: Verdict
    pin: Pin


@dataclass(frozen=True)
class AnsweredTable:
    """The rows of one query, as the gateway answered them.

    Attributes:
        keys: names of the columns that rows are told apart by.
        measures: names of what was measured, histograms apart.
        histograms: likewise; each has a table of its own, with one row for each bin.
        notes: `{rule, params, message}`: what a reader must know of bounds and clipping.
        left_out: where it was asked for, which share bounds leave out: of a clipped column's
            values, and of `people` with more records than count; with its interval.
    """

    name: str
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    histograms: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[Mapping[str, Any], ...]
    left_out: Mapping[str, Mapping[str, Any]]

    def flat(self) -> list[Row]:
        """Return a row for each key, with `MEASURE`, `MEASURE_low` and `MEASURE_high`."""
        return [_keys(row) | _figures(row, self.measures) for row in self.rows]

    def bins(self, histogram: str) -> list[Row]:
        """Return a row for each key and bin of a histogram, which names the bin's column."""
        return [
            _keys(row) | {_bin_column(histogram): entry["form"]} | _figure("count", entry)
            for row in self.rows
            for entry in row[histogram]
        ]

    def table(self) -> pa.Table:
        """Return the rows as a table; a table of a histogram alone has a row for each bin."""
        if self.histograms and not self.measures:
            return as_table(self.bins(self.histograms[0]))
        return as_table(self.flat()) if self.rows else self._without_rows()

    def _without_rows(self) -> pa.Table:
        """Return a table that has columns alone: no key had enough people to be named."""
        import pyarrow as pa

        figures = [name + end for name in self.measures for end in ("", LOW, HIGH)]
        columns = {key: pa.array([], pa.string()) for key in self.keys}
        return pa.table(columns | {name: pa.array([], pa.int64()) for name in figures})


@dataclass(frozen=True)
class Aggregated:
    """An answer to one query.

    Attributes:
        answer: its rows.
        guarantee, budget: as the contract names their parts.
    """

    answer: AnsweredTable
    release: str
    guarantee: Mapping[str, Any]
    budget: Mapping[str, Any]
    evidence: Evidence

    @property
    def rows(self) -> pa.Table:
        """A column for each key, and of each measure its value, `_low` and `_high`."""
        return self.answer.table()

    @property
    def histograms(self) -> Mapping[str, pa.Table]:
        """For each histogram a row for each bin."""
        return {name: as_table(self.answer.bins(name)) for name in self.answer.histograms}

    @property
    def notes(self) -> tuple[Mapping[str, Any], ...]:
        """What a reader must know of bounds and clipping."""
        return self.answer.notes

    def to_pandas(self) -> pd.DataFrame:
        """Return the rows as a data frame."""
        frame: pd.DataFrame = self.rows.to_pandas()
        return frame


@dataclass(frozen=True)
class AggregatedBatch:
    """Answers to several queries, priced, charged and released as one."""

    answers: Mapping[str, AnsweredTable]
    release: str
    guarantee: Mapping[str, Any]
    budget: Mapping[str, Any]
    evidence: Evidence

    def __getitem__(self, name: str) -> pa.Table:
        """Return one query's rows as a table."""
        return self.answers[name].table()

    def __iter__(self) -> Iterator[str]:
        """Go through the queries' names."""
        return iter(self.answers)

    def __len__(self) -> int:
        """How many queries there are."""
        return len(self.answers)


@dataclass(frozen=True)
class Estimate:
    """What a question would cost; nothing was spent to say so.

    Attributes:
        price: `epsilon` or `rho`, and `delta`.
        measures: for each its `half_width` at `confidence`, `mechanism` and `scale`.
        keys, cells: how many rows, and how many values, it would answer.
        remaining_questions: like this one, after which the budget is used up.
        cached: whether this partner got the answer before, on this snapshot.
        budget: this partner's own: `total`, `spent`, `remaining`, `counted_in`.
        after: the same after this question; None where it doesn't fit.
    """

    price: Mapping[str, Any]
    measures: Mapping[str, Mapping[str, Any]]
    keys: int
    cells: int
    remaining_questions: int | None
    cached: bool
    snapshot: str
    budget: Mapping[str, Any]
    after: Mapping[str, Any] | None
    notes: tuple[Mapping[str, Any], ...]


def read_estimate(document: Mapping[str, Any]) -> Estimate:
    """Read an answer of `/v1/aggregates/estimate`.

    Raises:
        UnreachableError: it has another form.
    """
    try:
        return Estimate(
            price=dict(document["price"]),
            measures={name: dict(one) for name, one in document["measures"].items()},
            keys=int(document["keys"]),
            cells=int(document["cells"]),
            remaining_questions=document.get("remaining_questions"),
            cached=bool(document["cached"]),
            snapshot=str(document["snapshot"]),
            budget=dict(document.get("budget", {})),
            after=document.get("after"),
            notes=tuple(document.get("notes", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable() from error


def read_tables(content: bytes, queries: Sequence[Query]) -> list[AnsweredTable]:
    """Read the released bytes.

    Canonical JSON sorts its keys; tables have theirs, and their measures, as they were asked.

    Args:
        content: whose hash the manifest names.
        queries: that were asked, in their order.

    Raises:
        UnreachableError: they have another form, or answer something else.
    """
    try:
        document = json.loads(content)
        written = document.get("queries", [document])
        tables = [
            _table(query, str(one.get("name") or query.name or number), one)
            for number, (query, one) in enumerate(zip(queries, written, strict=True), start=1)
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable() from error
    return tables


def _table(query: Query, name: str, written: Mapping[str, Any]) -> AnsweredTable:
    rows, keys = written["rows"], query.columns
    first = rows[0] if rows else dict.fromkeys(MEASURED_WITHOUT_ROWS)
    measures = sorted((one for one in first if one != "keys"), key=query.place_of)
    histograms = [measure for measure in measures if isinstance(first[measure], list)]
    for row in rows:
        if row.keys() != first.keys() or row["keys"].keys() != set(keys):
            raise ValueError("rows differ in their columns")
        _figures(row, [measure for measure in measures if measure not in histograms])
        [_figure("", entry) for histogram in histograms for entry in row[histogram]]
    return AnsweredTable(
        name=name,
        keys=keys,
        measures=tuple(measure for measure in measures if measure not in histograms),
        histograms=tuple(histograms),
        rows=tuple({**row, "keys": {key: row["keys"][key] for key in keys}} for row in rows),
        notes=tuple(written.get("notes", ())),
        left_out=dict(written.get("left_out", {})),
    )


def _keys(row: Mapping[str, Any]) -> Row:
    return {name: str(form) for name, form in row["keys"].items()}


def _figures(row: Mapping[str, Any], measures: Iterable[str]) -> Row:
    found: Row = {}
    for measure in measures:
        found |= _figure(measure, row[measure])
    return found


def _figure(name: str, entry: Mapping[str, Any]) -> Row:
    low, high = entry.get("interval") or (None, None)
    return {name: entry["value"], name + LOW: low, name + HIGH: high}


def _bin_column(histogram: str) -> str:
    return histogram.split(":")[1] if ":" in histogram else histogram


def as_table(rows: Sequence[Row]) -> pa.Table:
    """Return rows as a table; a column that holds some text (dates, vast sums) is text."""
    import pyarrow as pa

    names = rows[0] if rows else ()
    return pa.table({name: _column([row[name] for row in rows]) for name in names})


def _column(values: list[str | int | float | None]) -> list[str | int | float | None]:
    if not any(isinstance(value, str) for value in values):
        return values
    return [None if value is None else str(value) for value in values]


def _unreadable() -> UnreachableError:
    return UnreachableError("the gateway answered what this version can't read; update Weir")
