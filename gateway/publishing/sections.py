"""A section of a report: one table's drawings, marks, values and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.client.answer_files import as_csv
from gateway.client.answers import as_table
from gateway.publishing.documents import in_language
from gateway.publishing.drawings.bars import bars
from gateway.publishing.drawings.heat import heat
from gateway.publishing.drawings.lines import lines, panels
from gateway.publishing.drawings.maps import place_map
from gateway.publishing.drawings.places import world_of
from gateway.publishing.drawings.standouts import standouts
from gateway.publishing.grids import Grid, grid, patterns_grid, rises_grid
from gateway.publishing.patterns import find_patterns
from gateway.publishing.periods import last_whole, may_be_unfinished, time_key
from gateway.publishing.rises import rises_of
from gateway.publishing.series import SPECIAL, TOTAL, added_up, pairs, read_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.client import AnsweredTable
    from gateway.publishing.documents import TableDocument
    from gateway.publishing.drawings.base import Drawing
    from gateway.publishing.naming import Names
    from gateway.publishing.rises import Rise
    from gateway.publishing.series import Series

MAP_PERIODS = 4  # added up for a map: a year of quarters


@dataclass(frozen=True)
class Section:
    """One table of a report.

    Attributes:
        sentences: what must be known to read it.
        files: tables as CSV, by their names.
        columns: what the columns of each file mean, for the codebook.
        series: what was answered.
    """

    name: str
    title: str
    about: str
    sentences: tuple[str, ...]
    drawings: tuple[Drawing, ...]
    grids: tuple[Grid, ...]
    files: Mapping[str, bytes]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class _Making:
    """What all parts of one section are made from."""

    document: TableDocument
    names: Names
    until: date

    @property
    def title(self) -> str:
        return in_language(self.document.title, self.names.language)

    def periods(self, series: Series, time: int) -> list[str]:
        """Return the periods that are shown; where none is over yet, all there are."""
        forms = series.forms(time)
        whole = last_whole(forms, self.document.last, self.until)
        return whole or sorted(form for form in forms if form not in SPECIAL)


def make_section(
    document: TableDocument, answered: AnsweredTable, mechanism: str, names: Names, until: date
) -> Section:
    """Make one section from a table's noisy answer; nothing else is looked at.

    Args:
        document: the table, as the pack has it.
        answered: its rows.
        mechanism: of the noise, as the guarantee names it.
        names: in the reader's language.
        until: periods that end later aren't shown.
    """
    making = _Making(document, names, until)
    found = read_series(answered, mechanism)
    drawings, grids = [], []
    sentences = [] if answered.rows else [names.say("no_rows")]
    sentences += [_note(note, names) for note in answered.notes]
    for number, series in enumerate(found if answered.rows else ()):
        name = document.table if number == 0 else f"{document.table}-{number + 1}"
        rises = _rises(making, series)
        sentences += _on_last_period(making, series)
        drawings += _drawings(making, name, series, rises)
        grids += _grids(making, series)
        if document.marks == "rises":
            _tell_rises(making, series, rises, sentences, grids)
        if document.marks == "patterns":
            drawings += _tell_patterns(making, name, series, sentences, grids)
    return Section(
        name=document.table,
        title=making.title,
        about=in_language(document.about, names.language),
        sentences=tuple(dict.fromkeys(sentence for sentence in sentences if sentence)),
        drawings=tuple(drawings),
        grids=tuple(grids),
        files=_files(document.table, answered),
        series=tuple(found),
    )


def _drawings(making: _Making, name: str, series: Series, rises: Sequence[Rise]) -> list[Drawing]:
    """Draw a series by what its keys are; totals, and more than three keys, have no picture."""
    series = series.only(lambda forms: TOTAL not in forms)
    names, title, time, keys = making.names, making.title, time_key(series), len(series.keys)
    periods = [] if time is None else making.periods(series, time)
    single, pair, triple = 1, 2, 3
    if keys == single and time is not None:
        return [lines(name, title, series, names, periods)]
    if keys == single:
        measure = names.measure(series)
        drawn = place_map(f"{name}-map", title, series, names, measure=measure)
        return [*([drawn] if drawn else []), bars(name, title, series, names)]
    if keys == pair and time is not None:
        drawn = _recent_places(making, name, series, time, periods, rises)
        line = panels(name, title, series, names, time=time, periods=periods, rises=rises)
        return [*([drawn] if drawn else []), line]
    if keys == pair:
        return [heat(name, title, series, names)]
    if keys == triple:
        return [
            drawing
            for two in pairs(series)
            for drawing in _drawings(making, f"{name}-{'-'.join(two.keys)}", two, ())
        ]
    return []


def _recent_places(  # noqa: PLR0913, PLR0917 - a drawing of recent periods is named by all these
    making: _Making,
    name: str,
    series: Series,
    time: int,
    periods: Sequence[str],
    rises: Sequence[Rise],
) -> Drawing | None:
    """Draw places in the last periods together; adding noisy values up costs nothing.

    On a map, or as bars where the installation has no maps.
    """
    recent = list(periods[-MAP_PERIODS:])
    total = added_up(series.only(lambda forms: forms[time] in recent), [1 - time])
    if total is None or world_of(total.forms(0)) is None:
        return None
    facts = {"measure": making.names.measure(total), "first": recent[0], "last": recent[-1]}
    measure = making.names.say("map_one" if len(recent) == 1 else "map_last", **facts)
    latest = {rise.form for rise in rises if rise.period == periods[-1]}
    drawn = place_map(
        f"{name}-map", making.title, total, making.names, measure=measure, risen=latest
    )
    return drawn or bars(f"{name}-places", f"{making.title}: {measure}", total, making.names)


def _grids(making: _Making, series: Series) -> list[Grid]:
    caption = making.names.say("table_of", title=making.title)
    time = time_key(series)
    periods = [] if time is None else making.periods(series, time)
    second = 1
    if time == second:
        return [grid(series, making.names, caption, columns=periods)]
    return [grid(series, making.names, caption, rows=periods)]


def _note(note: Mapping[str, Any], names: Names) -> str:
    """Return a note with its measure as the page names it."""
    message, measure = str(note.get("message", "")), (note.get("params") or {}).get("measure")
    return message.replace(measure, names.measured(measure)) if measure else message


def _on_last_period(making: _Making, series: Series) -> list[str]:
    """Say where the last period may not be complete."""
    time = time_key(series)
    if time is None:
        return []
    periods = making.periods(series, time)
    if not may_be_unfinished(series, time, periods):
        return []
    return [making.names.say("unfinished", period=periods[-1])]


def _rises(making: _Making, series: Series) -> list[Rise]:
    time, pair = time_key(series), 2
    if making.document.marks != "rises" or time is None or len(series.keys) != pair:
        return []
    return rises_of(series, time, making.periods(series, time))


def _tell_rises(
    making: _Making, series: Series, rises: list[Rise], sentences: list[str], grids: list[Grid]
) -> None:
    """Add what is marked, or that nothing is, and what a mark means."""
    time = time_key(series)
    if time is None or series.noise is None:
        return
    names = making.names
    comparisons = len(series.forms(1 - time)) * (len(making.periods(series, time)) - 1)
    sentences.append(names.say("rises_about", comparisons=names.number(comparisons)))
    if rises:
        grids.insert(0, rises_grid(rises, names, names.say("rises")))
    else:
        sentences.append(names.say("no_rises"))


def _tell_patterns(
    making: _Making, name: str, series: Series, sentences: list[str], grids: list[Grid]
) -> list[Drawing]:
    """Add what stands out, or that nothing does, and what that means."""
    names, patterns = making.names, find_patterns(series)
    sentences.append(names.say("patterns_about", cells=names.number(len(series.cells))))
    if not patterns:
        sentences.append(names.say("no_patterns"))
        return []
    caption = names.say("patterns")
    grids.insert(0, patterns_grid(patterns, series, names, caption))
    return [standouts(f"{name}-patterns", caption, series, names, patterns)]


def _files(name: str, answered: AnsweredTable) -> dict[str, bytes]:
    """Return the table as CSV, and each histogram as one of its own."""
    written = {}
    if answered.measures:
        written[f"tables/{name}.csv"] = as_csv(answered.table())
    for histogram in answered.histograms:
        column = histogram.split(":")[1]
        written[f"tables/{name}-{column}.csv"] = as_csv(as_table(answered.bins(histogram)))
    return written
