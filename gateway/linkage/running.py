"""Running: look through a dataset for identities that are, or may be, one person's."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from gateway.errors import LinkageError
from gateway.identifiers import new_id
from gateway.lake.agreeing import EVIDENCE, find_agreeing
from gateway.lake.links import Run, append_evidence, read_pairs
from gateway.linkage.comparable import people_to_compare
from gateway.linkage.domains import People, people_of
from gateway.linkage.matching import Matching, find_likely
from gateway.store.engine import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from gateway.context import Context
    from gateway.control import Progress

_SPILL = "linkage"


@dataclass(frozen=True)
class Found:
    """How many pairs a run found: by key, likely ones and ones to look at, new ones alone."""

    deterministic: int
    likely: int
    to_review: int


def run_linkage(
    context: Context, dataset: str, progress: Progress, *, dry_run: bool
) -> dict[str, Any]:
    """Look through all people of a dataset.

    Pairs that agree on a key are linked at once; likely ones wait for an officer. A dry run
    counts both and keeps nothing.

    Raises:
        NotFoundError: no such dataset.
        LinkageError: it doesn't say how people are recognized, or Splink isn't installed.
        LakeError, StorageFullError: as lake and vault say.
    """
    people = people_of(context, dataset)
    if people.document.linkage is None:
        raise LinkageError(f"{dataset} doesn't say how people are recognized (`linkage:`)")
    if not context.lake.has_table(dataset):
        raise LinkageError(f"{dataset} is empty: load data first (weir dataset load)")
    run = Run(new_id("lrn"), context.clock.timestamp(), people.domain, dataset)
    likely = _likely(context, people, progress)
    progress("linking", 0.9)
    if dry_run:
        with context.lake.cursor() as cursor:
            found = _count(cursor, context, people, likely)
    else:
        found = people.relinking.change(
            "links", lambda cursor: _keep(cursor, context, people, run, likely)
        )
        with writing(context.store) as session:
            context.log.append(session, "review", run.id, dataset=dataset, state="linked")
    return {
        "dataset": dataset,
        "run": None if dry_run else run.id,
        "deterministic": found.deterministic,
        "likely": found.likely,
        "to_review": found.to_review,
    }


def _likely(context: Context, people: People, progress: Progress) -> pa.Table:
    """Return the evidence of pairs that are one person with some probability."""
    linkage = people.document.linkage
    if linkage is None or linkage.probabilistic is None:
        return EVIDENCE.empty_table()
    progress("reading identifiers", 0.1)
    compared = people_to_compare(context, people.document, linkage.probabilistic)
    progress("comparing people", 0.2)
    matching = Matching(linkage.probabilistic, compared.people)
    pairs = find_likely(matching, context.home.temp_dir / _SPILL)
    rows = [*_evidence(pairs, compared.roots, compared.givers)]
    return pa.Table.from_pylist(rows, schema=EVIDENCE)


def _evidence(
    pairs: pa.Table, roots: list[bytes], givers: list[list[str]]
) -> Iterator[dict[str, Any]]:
    """Yield a row for each pair and each two givers that speak of it."""
    for pair in pairs.to_pylist():
        ends = sorted((pair["one"], pair["other"]), key=lambda number: roots[number])
        for left, right in itertools.product(*(givers[number] for number in ends)):
            yield {
                "left_root": roots[ends[0]],
                "right_root": roots[ends[1]],
                "left_giver": left,
                "right_giver": right,
                "kind": "probable",
                "probability": pair["probability"],
                "evidence": pair["evidence"],
            }


def _keep(
    cursor: duckdb.DuckDBPyConnection, context: Context, people: People, run: Run, likely: pa.Table
) -> Found:
    found = _count(cursor, context, people, likely)
    agreeing = find_agreeing(cursor, people.document, context.keys)
    append_evidence(cursor, context.keys, run, agreeing)
    append_evidence(cursor, context.keys, run, likely)
    return found


def _count(
    cursor: duckdb.DuckDBPyConnection, context: Context, people: People, likely: pa.Table
) -> Found:
    """Count pairs that nothing was decided about."""
    pairs = read_pairs(cursor, people.domain)
    decided = {(pair.left, pair.right) for pair in (*pairs.linked, *pairs.apart)}
    agreeing = _new(find_agreeing(cursor, people.document, context.keys), decided)
    linkage = people.document.linkage
    assert linkage is not None  # noqa: S101 - checked before
    match = 1.0 if linkage.probabilistic is None else linkage.probabilistic.match
    sure = pc.greater_equal(likely["probability"], match)
    all_likely, matching = _new(likely, decided), _new(likely.filter(sure), decided)
    return Found(len(agreeing), len(matching), len(all_likely - matching))


def _new(found: pa.Table, decided: set[tuple[bytes, bytes]]) -> set[tuple[bytes, bytes]]:
    sides = zip(found["left_root"].to_pylist(), found["right_root"].to_pylist(), strict=True)
    return {*sides} - decided
