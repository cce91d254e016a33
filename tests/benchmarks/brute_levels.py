"""Every choice of levels on the whole table, one after the other: the optimum without a search.

    python tests/benchmarks/brute_levels.py [--copies N] [--columns A,B] [--k K]

A command of its own: Adult a hundred times over takes a quarter of an hour or so. It shares the
hierarchies with the search and nothing else: no bounds, no merged rows, no weights. All rows are
grouped anew on each node, whoever is one of fewer than k is left out, and the least loss of the
nodes that leave out no more than allowed is compared with what the search found.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from bench_search import COPIES, ROOT, drawn_adults

from anonymizers.models import Model
from anonymizers.search import find_levels
from gateway.progress import Stage
from tests.small_tables import ADULT

COUNTED = 1 << 24  # forms together, up to which rows are counted into an array


@dataclass
class Brute:
    """The least loss so far, and how many nodes were looked at.

    Attributes:
        forms: for each column and level (rows,) int32, the number of each row's form.
        widths: for each column and level (forms,) the loss of a cell of the form.
        k, most: the least size of a class; rows that may be left out.
    """

    forms: list
    widths: list
    k: int
    most: int
    nodes: int = 0
    allowed: int = 0
    best: float = 2.0
    levels: list = field(default_factory=list)

    @classmethod
    def of(cls, people, model):
        """Look the rows of people up on every level of every column."""
        ladders = [people.hierarchies[name] for name in people.values]
        codes = [people.codes[name] for name in people.values]
        return cls(
            forms=[
                [level[of] for level in one.maps] for one, of in zip(ladders, codes, strict=True)
            ],
            widths=[[level / one.span for level in one.widths] for one in ladders],
            k=model.k,
            most=min(int(model.max_suppressed_share * people.rows), people.rows - 1),
        )

    def walk(self, told, levels=(), keys=0, size=1):
        """Look at all nodes that begin with these levels; `keys` numbers the forms of each row."""
        axis = len(levels)
        if axis == len(self.forms):
            self.nodes += 1
            self.look(levels, keys, size)
            told.done(1)
            return
        for level, (forms, widths) in enumerate(
            zip(self.forms[axis], self.widths[axis], strict=True)
        ):
            further = size * len(widths)
            assert further < 1 << 31, "keys are int32"
            self.walk(told, (*levels, level), keys * np.int32(len(widths)) + forms, further)

    def look(self, levels, keys, size):
        """Keep a node that leaves out few enough and costs less than all before."""
        gone = self.left_out(keys, size)
        if gone is None:
            return
        self.allowed += 1
        loss = self.loss(levels, gone)
        if loss < self.best:
            self.best, self.levels = loss, [(levels, int(gone.sum()))]
        elif loss == self.best:
            self.levels.append((levels, int(gone.sum())))

    def left_out(self, keys, size):
        """Say which rows are one of fewer than k; None where they are too many."""
        if size <= COUNTED:
            counts = np.bincount(keys, minlength=size)
            small = counts < self.k
            return None if counts[small].sum() > self.most else small[keys]
        ordered = np.sort(keys)
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        counts = np.diff(np.append(starts, len(ordered)))
        small = counts < self.k
        if counts[small].sum() > self.most:
            return None
        return np.isin(keys, ordered[starts[small]])

    def loss(self, levels, gone):
        """Return the mean over rows, then over columns; a cell of a row left out costs 1."""
        by_column = []
        for axis, level in enumerate(levels):
            forms, widths = self.forms[axis][level], self.widths[axis][level]
            kept = np.bincount(forms[~gone], minlength=len(widths))
            by_column.append((float(widths @ kept) + int(gone.sum())) / len(gone))
        return sum(by_column) / len(by_column)


def compare(people, model):
    """Print what all nodes say and what the search says; return whether they agree."""
    begun = time.perf_counter()
    found = find_levels(people.table, people.hierarchies, model)
    print(f"search: loss {found.loss:.9f}, {found.suppressed:,} left out, {found.checks} nodes")
    print(f"  {time.perf_counter() - begun:.1f} s with grouping", flush=True)
    begun, brute = time.perf_counter(), Brute.of(people, model)
    nodes = int(np.prod([len(levels) for levels in brute.forms]))
    brute.walk(Stage(lambda share: told(share, begun), 0, 1, nodes))
    print(f"brute:  loss {brute.best:.9f} at {len(brute.levels)} of {brute.nodes:,} nodes")
    print(f"  {brute.allowed:,} leave out few enough; {time.perf_counter() - begun:.0f} s")
    names = tuple(found.levels)
    ladders = [people.hierarchies[name].levels for name in names]
    mine = tuple(levels.index(found.levels[n]) for n, levels in zip(names, ladders, strict=True))
    agree = abs(found.loss - brute.best) < 1e-12 and (mine, found.suppressed) in brute.levels
    print("the same optimum" if agree else f"NOT the same: {brute.levels}, the search {mine}")
    return agree


def told(share, begun):
    """Say how far it is."""
    took = time.perf_counter() - begun
    print(f"  {share:4.0%} of all nodes, {took:.0f} s", flush=True)


def main():
    """Compare on Adult, as often over as asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--copies", type=int, default=COPIES)
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--columns", default=",".join(ADULT), help="fewer are fewer nodes")
    parser.add_argument("--suppressed", type=float, default=0.02, help="share that may be left out")
    options = parser.parse_args()
    folder = Path(os.environ.get("WEIR_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        parser.error("Adult isn't there; name the folder that has it in WEIR_REAL_DATA")
    people = drawn_adults(folder, options.copies, options.columns.split(","))()
    model = Model(options.k, max_suppressed_share=options.suppressed)
    raise SystemExit(not compare(people, model))


if __name__ == "__main__":
    main()
