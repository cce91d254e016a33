"""How a quality report says things, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.lake.report import Problem
    from gateway.submissions.quality_reports import QualityReport

ROWS_NAMED = 20  # of one problem: enough to see a pattern; the workbook has more


@cache
def report_words(language: str) -> Mapping[str, str]:
    """Return what a quality report says, by name."""
    file = resources.files("gateway.submissions.words") / f"{language}.yaml"
    texts: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return texts


@dataclass(frozen=True)
class Wording:
    """The words for one report in one language."""

    report: QualityReport
    language: str

    def say(self, name: str, **facts: object) -> str:
        """Return a sentence with its facts."""
        return report_words(self.language)[name].format(**facts)

    def title(self) -> str:
        """Return the dataset's title, or its name."""
        return self.report.dataset_title.get(self.language) or self.report.dataset

    def label(self, columns: str) -> str:
        """Return the labels of columns beside their names, as people know them."""
        return ", ".join(map(self._label, columns.split(", "))) if columns else ""

    def _label(self, column: str) -> str:
        label = self.report.labels.get(column, {}).get(self.language, "")
        return f"{label} ({column})" if label and label != column else column

    def message(self, problem: Problem) -> str:
        """Return what a problem means and what to do about it."""
        title = self.report.titles.get(problem.rule, {}).get(self.language, "")
        return problem.worded(self.language, title)

    def places(self, problem: Problem) -> str:
        """Return the first places of a problem: its rows, file by file."""
        rows: dict[str, list[str]] = {}
        for place in problem.places[:ROWS_NAMED]:
            rows.setdefault(place.file, []).append(str(place.row))
        named = "; ".join(
            self.say("rows_of", file=file, rows=", ".join(numbers))
            for file, numbers in rows.items()
        )
        more = problem.count - min(len(problem.places), ROWS_NAMED)
        return named + (" " + self.say("and_more", more=self.number(more)) if more else "")

    def number(self, value: float, decimals: int = 1) -> str:
        """Return a number with the thousands apart, and at most so many decimals."""
        written = f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
        written = f"{value:,}" if isinstance(value, int) else written
        if report_words(self.language)["number"] == ",":
            return written
        return written.translate({ord(","): ".", ord("."): ","})

    def percent(self, share: float) -> str:
        """Return a share as a percentage, rounded towards the middle: only all is 100 %."""
        percent = min(share * 100, 99.9) if share < 1 else 100.0
        percent = max(percent, 0.1) if share > 0 else 0.0
        return f"{self.number(round(percent, 1))} %"
