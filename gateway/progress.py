"""Progress: shares of the work that is done, on a grid that is the same for all data.

What a share tells a partner: a stage is reported in steps of a fixed size, at the same places
whatever the data. When each is reached says how long the work takes, and which are skipped, that
it was short; both follow from how many records were read, as the time until an extract is ready
does, and the size of its file. Nothing depends on what the records hold beyond that.
"""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[float], None]

STEPS = 20  # of the work that a report is about


class Stage:
    """One stage of some work, which goes on with the rows that are done."""

    def __init__(self, report: Report, start: float, end: float, rows: int) -> None:
        """Begin the stage.

        Args:
            report: is told shares of the whole work.
            start: where in the work the stage begins, 0 to 1.
            end: where it ends.
            rows: to be done; more than these aren't reported.
        """
        self._report, self._start, self._end = report, start, end
        self._rows, self._done = max(rows, 1), 0
        self._said = _step(start)

    def done(self, rows: int) -> None:
        """Go on with some rows; report where another step of the work is passed."""
        self._done += rows
        self.reached(min(self._done / self._rows, 1))

    def reached(self, part: float) -> None:
        """Go on to a part of the stage, 0 to 1; report where another step is passed."""
        step = _step(self._start + part * (self._end - self._start))
        if step > self._said:
            self._said = step
            self._report(step / STEPS)


def within(report: Report, start: float, end: float) -> Report:
    """Return a report on work that is a part of other work: from 0 to 1, put between two shares."""
    return lambda share: report(start + share * (end - start))


def _step(share: float) -> int:
    return int(share * STEPS + 1e-9)
