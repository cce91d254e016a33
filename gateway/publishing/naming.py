"""How a page names things: measures, columns, forms, numbers, in one language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

from gateway.publishing.series import NULL, OTHER, TOTAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.publishing.series import Cell, Number, Series

_SECTION = re.compile(r"([A-Z])_([A-Z].*)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MEDIAN = "0.5"
_COUNTS = frozenset({"count_people", "count_records"})


@cache
def words(language: str) -> Mapping[str, str]:
    """Return what a page says, by name."""
    file = resources.files("gateway.publishing.words") / f"{language}.yaml"
    texts: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return texts


@dataclass(frozen=True)
class Names:
    """Names in one language.

    Attributes:
        labels: of the dataset's columns, where it has some.
    """

    language: str
    labels: Mapping[str, str]

    def say(self, name: str, **facts: object) -> str:
        """Return a sentence with its facts."""
        return words(self.language)[name].format(**facts)

    def column(self, column: str) -> str:
        """Return a column's label, or its name."""
        return self.labels.get(column, column)

    def measure(self, series: Series) -> str:
        """Return what was measured."""
        named = self.measured(series.measure)
        return self.say("added_up", measure=named) if series.added_up else named

    def measured(self, measure: str) -> str:
        """Return the same for a name as answers carry it."""
        kind, _, about = measure.partition(":")
        if kind in _COUNTS or kind not in words(self.language):
            return self.say(kind) if kind in _COUNTS else measure
        column, _, share = about.partition(":")
        if kind == "quantile" and share == MEDIAN:
            kind = "median"
        name = self.say(kind, column=self.column(column))
        return f"{name}: {share}" if kind == "quantile" and share else name

    def unit(self, unit: str) -> str:
        """Return what the privacy unit is called: `person` is a person in every language."""
        return words(self.language).get(f"unit_{unit}", unit)

    def form(self, form: str) -> str:
        """Return a code as people read it: `ForcedLabour` is forced labour."""
        special = {NULL: "null", OTHER: "other", TOTAL: "total"}
        if form in special:
            return self.say(special[form])
        section = _SECTION.fullmatch(form)
        spaced = _HUMP.sub(" ", section[2] if section else form)
        if spaced == form and section is None:
            return form
        return (f"{section[1]}: " if section else "") + spaced.capitalize()

    def number(self, value: Number) -> str:
        """Return a number with the thousands apart."""
        mark = words(self.language)["number"]
        whole = isinstance(value, int) or float(value).is_integer()
        written = f"{round(value):,}" if whole else f"{value:,.2f}"
        return written if mark == "," else written.translate({ord(","): ".", ord("."): ","})

    def between(self, cell: Cell) -> str:
        """Return a value with its interval."""
        if cell.low is None or cell.high is None:
            return self.number(cell.value)
        low, high = self.number(cell.low), self.number(cell.high)
        return self.say("between", value=self.number(cell.value), low=low, high=high)
