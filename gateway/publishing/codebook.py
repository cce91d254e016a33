"""The codebook of a report: what every column and every code of its files means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.client.answer_files import as_csv
from gateway.client.answers import HIGH, LOW
from gateway.publishing.series import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.publishing.naming import Names
    from gateway.publishing.sections import Section
    from gateway.publishing.series import Series

COLUMNS = ("file", "column", "form", "meaning")
MOST_FORMS = 400


def codebook(sections: Sequence[Section], names: Names) -> bytes:
    """Return the codebook as CSV: a row for each column, and one for each code of a key."""
    import pyarrow as pa

    rows = [row for section in sections for row in _rows(section, names)]
    texts = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    columns = {
        names.say(name): pa.array(text, pa.string())
        for name, text in zip(COLUMNS, texts, strict=True)
    }
    return as_csv(pa.table(columns))


def _rows(section: Section, names: Names) -> Iterator[tuple[str, str, str, str]]:
    for file in section.files:
        for series in section.series:
            if _file_of(section, series) == file:
                yield from _of_series(file, series, names)


def _of_series(file: str, series: Series, names: Names) -> Iterator[tuple[str, str, str, str]]:
    for place, key in enumerate(series.keys):
        yield file, key, "", names.say("key_meaning", column=names.column(key))
        for form in series.forms(place)[:MOST_FORMS]:
            if form in SPECIAL or names.form(form) != form:
                yield file, key, form, names.form(form)
    measure = names.measured(series.measure)
    column = "count" if series.measure.startswith("histogram:") else series.measure
    yield file, column, "", measure
    yield file, column + LOW, "", names.say("low_meaning", measure=measure)
    yield file, column + HIGH, "", names.say("high_meaning", measure=measure)


def _file_of(section: Section, series: Series) -> str:
    if series.measure.startswith("histogram:"):
        return f"tables/{section.name}-{series.measure.split(':')[1]}.csv"
    return f"tables/{section.name}.csv"
