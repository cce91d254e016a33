"""Mapping: a file read through a recipe gives the declared columns as canonical text.

Only what the recipe needs is read of the file. Each distinct text of a column is read once in a
batch, and each distinct combination of what several columns were read as is put together once
(`policies.recipes.making`).

A file whose days contradict the declared order is refused as a whole at its end: where more than
a twentieth of the days that fit one order only fit another, days below 13 are wrong as well, and
no cell shows it.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gateway.lake.cells import trimmed
from gateway.lake.distinct import Distinct, combined, first_rows
from gateway.lake.made_columns import MadeColumn, short_cut
from gateway.lake.readers import FOUND, LAST_HEADER_ROW, declared_columns, open_source, read_header
from gateway.lake.sources import Batch, Facts, Mapped, Source, SourceError
from policies.reasons import Reason
from policies.recipes import HeaderError, Made, Maker, makers_of, match_header
from policies.recipes.folding import fold_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from gateway.lake.data_files import DataFile
    from gateway.lake.readers import Header
    from gateway.lake.report import Words
    from policies.documents import DatasetDocument, FileLayout, RecipeDocument

DOUBTFUL_SHARE = 0.05  # of the days that fit one order only
_DOUBTFUL = "date-order-doubtful"
_YEAR, _MOST_YEARS = 10_000, 10_000
MOST_LAYOUTS = 50  # in which a file's header is looked for
_REMEMBERED = 1 << 16  # texts of a column: more than there are days in a life


@dataclass(frozen=True)
class MappedSource:
    """A file that is read through a recipe.

    Attributes:
        source: the file itself; it gives the columns that the recipe reads, as the file names
            them. names: those names by the recipe's.
        makers: of the declared columns; `columns`: all of them, those that nothing makes too.
        words: where unmapped ones are counted.
    """

    source: Source
    facts: Facts
    recipe: RecipeDocument
    names: Mapping[str, str]
    makers: tuple[Maker, ...]
    columns: tuple[str, ...]
    words: Words

    def batches(self) -> Iterator[Batch]:
        """Read the file once from its start; the days are judged at its end.

        Raises:
            SourceError: the file is damaged, or its days contradict the declared order.
        """
        days = _Days()
        for batch in self.source.batches():
            yield self._mapped(batch, days)
        self._check_order(days)

    def _mapped(self, batch: Batch, days: _Days) -> Batch:
        given = _Given(batch, self.names)
        cells: dict[str, pa.Array] = {}
        problems: list[Mapped] = []
        for maker in self.makers:
            made = given.made(maker)
            cells[maker.name] = made.texts
            problems.extend(made.problems(maker.name))
            made.count_words(maker.name, self.words)
            days.count(maker.name, made)
        empty = pa.nulls(len(batch.rows), pa.string())
        arrays = [cells.get(name, empty) for name in self.columns]
        mapped = pa.RecordBatch.from_arrays(arrays, names=list(self.columns))
        return replace(batch, cells=mapped, mapped=tuple(problems))

    def _check_order(self, days: _Days) -> None:
        for column, wrong in days.doubtful.items():
            total = wrong + days.decisive[column]
            if wrong > DOUBTFUL_SHARE * total:
                rule = self.recipe.columns[column]
                order = rule.dates or self.recipe.file.dates or ""
                facts = {"file": self.facts.name, "column": column, "order": order}
                said = f"{wrong:,}/{total:,}"
                raise SourceError(Reason("date-order-contradicted", {**facts, "count": said}))


@dataclass
class _Days:
    """By declared column, how many days fit the declared order only, and how many another only."""

    decisive: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)

    def count(self, column: str, made: MadeColumn) -> None:
        for kinds, where in made.days or ((made.kinds, made.where),):
            self.decisive[column] += _rows_where([one.decisive for one in kinds], where)
            wrong = _rows_where([one.problem == _DOUBTFUL for one in kinds], where)
            if wrong:
                self.doubtful[column] += wrong


def _rows_where(marks: Sequence[bool], where: NDArray[np.int64]) -> int:
    return int(np.array(marks, dtype=bool)[where].sum()) if any(marks) else 0


class _Given:
    """The columns of a batch as the file gives them, each encoded once."""

    def __init__(self, batch: Batch, names: Mapping[str, str]) -> None:
        self._batch, self._names = batch, names
        self._trimmed: dict[str, pa.Array] = {}
        self._distinct: dict[str, Distinct] = {}

    def made(self, maker: Maker) -> MadeColumn:
        if not maker.reads:
            return MadeColumn.of([maker.make()], np.zeros(len(self._batch.rows), np.int64))
        if maker.copies or maker.usual:
            return short_cut(self._texts(maker.reads[0]), maker)
        given = [self._encoded(name) for name in maker.reads]
        parts = [
            [read(text) for text in one.texts]
            for read, one in zip(maker.readers, given, strict=True)
        ]
        if len(given) == 1:
            return MadeColumn.of([maker.put_together(part) for part in parts[0]], given[0].where)
        codes = combined(given)
        first, where = first_rows(_by_years(parts, given, codes) if maker.counts_years else codes)
        places = [one.where[first].tolist() for one in given]
        kinds = [
            maker.put_together(*(part[at] for part, at in zip(parts, place, strict=True)))
            for place in zip(*places, strict=True)
        ]
        wheres = [one.where for one in given]
        days = [*zip(parts, wheres, strict=True)] if maker.counts_years else ()
        return replace(MadeColumn.of(kinds, where), days=days)

    def _texts(self, name: str) -> pa.Array:
        if name not in self._trimmed:
            self._trimmed[name] = trimmed(self._batch.cells.column(self._names[name]))
        return self._trimmed[name]

    def _encoded(self, name: str) -> Distinct:
        if name not in self._distinct:
            self._distinct[name] = Distinct.of(self._texts(name))
        return self._distinct[name]


def _by_years(
    parts: Sequence[Sequence[Made]], given: Sequence[Distinct], codes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return a number for each row, the same for all pairs of days as many whole years apart.

    Of days as the numbers yyyymmdd, the difference in ten thousands is the years completed. Rows
    with another pair keep numbers of their own, which lie above all of these.
    """
    birth, on = (
        np.array([_day_number(part) for part in column], np.int64)[one.where]
        for column, one in zip(parts, given, strict=True)
    )
    in_order = (birth > 0) & (birth <= on)
    return np.where(in_order, (on - birth) // _YEAR, codes + _MOST_YEARS)


def _day_number(day: Made) -> int:
    return 0 if day.text is None else int(day.text.replace("-", ""))


def open_mapped(
    file: DataFile,
    recipe: RecipeDocument,
    document: DatasetDocument,
    layout: FileLayout,
    words: Words,
) -> MappedSource:
    """Open a data file through a recipe.

    Args:
        file: the file.
        recipe: for this version of the dataset, without errors of lint.
        document: the dataset.
        layout: what was said of the file beside the recipe, which it goes before.
        words: where unmapped ones are counted, for all files of a load.

    Raises:
        SourceError: as `open_source`; or a column that the recipe reads is missing (with the
            nearest name there), or could be several.
    """
    header, names = find_columns(Headers(file), recipe, layout)
    source = open_source(file, tuple(names.values()), header.layout)
    ignored = {*map(fold_name, recipe.ignore)}
    unread = (name for name in source.facts.ignored_columns if fold_name(name) not in ignored)
    facts = replace(source.facts, ignored_columns=tuple(unread))
    makers = tuple(map(_remembering, makers_of(recipe, document)))
    return MappedSource(source, facts, recipe, names, makers, declared_columns(document), words)


@dataclass
class Headers:
    """The headers of a file, by how it is laid out; each is read once, and not any number of them.

    Attributes:
        file: the file.
    """

    file: DataFile
    known: dict[str, Header | SourceError] = field(default_factory=dict)

    def read(self, layout: FileLayout) -> Header:
        """Return the header.

        Raises:
            SourceError: the file can't be read so, or was read in too many ways already.
        """
        key = layout.model_dump_json()
        if key not in self.known:
            if len(self.known) >= MOST_LAYOUTS:
                raise SourceError(Reason("too-many-layouts", {"file": self.file.name}))
            try:
                self.known[key] = read_header(self.file, layout)
            except SourceError as error:
                self.known[key] = error
        found = self.known[key]
        if isinstance(found, SourceError):
            raise found
        return found


def find_columns(
    file: Headers, recipe: RecipeDocument, layout: FileLayout = FOUND
) -> tuple[Header, Mapping[str, str]]:
    """Return a file's header, and which of its names each name that a recipe reads is.

    The recipe's header row is where it stood in the file that it was made for: another file may
    have no title above, or a longer one. Where that row hasn't the columns, the first that has
    them all is taken.

    Raises:
        SourceError: the file can't be read, or no row has the columns; of the stated row.
    """
    stated = _stated(layout, recipe.file)
    try:
        return _matched(file, recipe, stated)
    except SourceError:
        if recipe.file.header_row is None or layout.header_row is not None:
            raise
        for row in range(1, LAST_HEADER_ROW + 1):
            with suppress(SourceError):
                return _matched(file, recipe, stated.model_copy(update={"header_row": row}))
        raise


def _matched(
    file: Headers, recipe: RecipeDocument, layout: FileLayout
) -> tuple[Header, Mapping[str, str]]:
    said = {key: getattr(layout, key) for key in ("sheet", "header_row", "delimiter")}
    header = file.read(FOUND.model_copy(update=said))
    try:
        return header, match_header(recipe.reads, header.names, file.file.name)
    except HeaderError as error:
        raise SourceError(error.reason) from None


def _stated(layout: FileLayout, written: FileLayout) -> FileLayout:
    """Return a recipe's layout with what somebody said of this very file in its place."""
    said = {key: getattr(layout, key) for key in ("sheet", "header_row", "delimiter")}
    return written.model_copy(update={key: value for key, value in said.items() if value})


def _remembering(maker: Maker) -> Maker:
    """Let each reader know its last texts: the days of one batch are those of the next."""
    remembered = lru_cache(maxsize=_REMEMBERED)
    return replace(maker, readers=tuple(remembered(read) for read in maker.readers))
