"""Samples of data files: the first rows, as texts with how often each stands there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gateway.lake.readers import open_source, read_header
from policies.documents.recipe import FileLayout
from policies.recipes.sampling import MOST_ROWS, MOST_VALUES, ColumnSample, FileSample

if TYPE_CHECKING:
    from gateway.lake.data_files import DataFile


def sample_file(file: DataFile, layout: FileLayout | None = None) -> tuple[FileSample, FileLayout]:
    """Return the first rows of a file, at most `MOST_ROWS`, and how it was found to be laid out.

    A column whose name stands twice is left out: no recipe could name it.

    Raises:
        SourceError: the file can't be read.
    """
    header = read_header(file, layout or FileLayout())
    names = [name for name in header.names if name and header.names.count(name) == 1]
    counts: dict[str, Counter[str | None]] = {name: Counter() for name in names}
    rows = 0
    for batch in open_source(file, names, header.layout).batches():
        cells = batch.cells.slice(0, MOST_ROWS - rows)
        rows += cells.num_rows
        for name in names:
            found = cells.column(name).value_counts()
            for entry in found.to_pylist():
                counts[name][entry["values"]] += entry["counts"]
        if rows >= MOST_ROWS:
            break
    columns = tuple(_column(name, count) for name, count in counts.items())
    twice = tuple(dict.fromkeys(one for one in header.names if header.names.count(one) > 1 and one))
    return FileSample(columns, rows, twice), header.layout


def _column(name: str, counts: Counter[str | None]) -> ColumnSample:
    blanks = sum(count for text, count in counts.items() if text is None or not text.strip())
    filled = [(t, n) for t, n in counts.items() if t is not None and t.strip()]
    kept = sorted(filled, key=lambda entry: (-entry[1], entry[0]))[:MOST_VALUES]
    return ColumnSample(name, dict(kept), blanks)
