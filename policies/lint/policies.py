"""Lint of a policy against its dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.findings import Findings
from policies.lint.aggregates import aggregate_errors, aggregate_warnings
from policies.lint.columns import (
    column_errors,
    keep_warnings,
    place_warnings,
    places_warnings,
)
from policies.lint.filling import filling_errors
from policies.lint.populations import population_errors, population_warnings
from policies.lint.protection import protection_errors, protection_warnings
from policies.lint.redaction import redaction_errors, redaction_warnings
from policies.lint.sequences import sequence_errors
from policies.lint.sets import set_warnings
from policies.lint.tokens import token_errors
from policies.lint.transforms import joining_warnings, transform_warnings
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import DatasetDocument, ExtractDocument, PolicyDocument

FINANCIAL = "financial"


def lint(policy: PolicyDocument, dataset: DatasetDocument) -> Findings:
    """Return what must, and what should, be corrected before the policy is applied."""
    if policy.dataset != dataset.dataset:
        params = {"path": "dataset", "named": policy.dataset, "dataset": dataset.dataset}
        return Findings.of([Reason("policy-for-other-dataset", params)], [])
    return Findings.of(_errors(policy, dataset), _warnings(policy, dataset))


def _errors(policy: PolicyDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    if dataset.privacy_unit is None:
        yield Reason("no-privacy-unit", {"path": "dataset", "dataset": dataset.dataset})
    if policy.extract is not None:
        if FINANCIAL in policy.classes:
            yield Reason("financial-no-extract", {"path": "classes"})
        yield from column_errors(policy.extract, dataset)
        yield from protection_errors(policy.extract, dataset)
        yield from sequence_errors(policy.extract, dataset)
        yield from filling_errors(policy.extract, dataset)
        yield from population_errors(policy.extract, dataset)
        yield from redaction_errors(policy.extract, policy.review)
        yield from token_errors(policy.extract, policy.review, dataset)
        yield from _not_built_yet(policy.extract)
    if policy.aggregate is not None:
        yield from aggregate_errors(policy.aggregate, policy.review, dataset)


def _not_built_yet(extract: ExtractDocument) -> Iterator[Reason]:
    """Refuse what would otherwise be ignored in silence."""
    asked = {
        "extract.protect.k_map": (
            "k_map with recoding: local",
            extract.protect.k_map is not None and extract.protect.recoding == "local",
        ),
    }
    for path, (what, is_asked) in asked.items():
        if is_asked:
            yield Reason("not-available-yet", {"path": path, "what": what})


def _warnings(policy: PolicyDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    if policy.aggregate is not None:
        yield from aggregate_warnings(policy.aggregate, dataset)
    if policy.extract is None:
        return
    yield from protection_warnings(policy.extract, dataset)
    yield from keep_warnings(policy.extract, dataset)
    yield from redaction_warnings(policy.extract)
    yield from transform_warnings(policy.extract)
    yield from joining_warnings(policy.extract)
    yield from set_warnings(policy.extract, dataset)
    yield from place_warnings(policy.extract, dataset)
    yield from places_warnings(policy.extract, dataset)
    yield from population_warnings(policy.extract)
    unnamed = [name for name in dataset.columns if name not in policy.extract.columns]
    if unnamed:
        params = {"path": "extract.columns", "columns": ", ".join(unnamed)}
        yield Reason("columns-unnamed", params)
