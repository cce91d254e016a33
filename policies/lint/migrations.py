"""Lint of a dataset's migrations: recipes must be able to follow every step."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policies.documents.problems import suggested
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import DatasetDocument, MigrationDocument


def migration_errors(dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield steps that lead nowhere, stand twice, or name what the dataset doesn't have.

    Columns can only be held against those of today in the last step; what earlier steps name may
    have been renamed since.
    """
    starts = Counter(step.start for step in dataset.migrations)
    for number, step in enumerate(dataset.migrations):
        path = f"migrations[{number}]"
        if step.start >= dataset.version:
            facts = {"path": f"{path}.from", "version": str(dataset.version)}
            yield Reason("migration-beyond-version", facts)
        if starts[step.start] > 1:
            yield Reason("migration-twice", {"path": f"{path}.from", "version": str(step.start)})
        if step.start == dataset.version - 1:
            yield from _last_step_errors(path, step, dataset)


def _last_step_errors(
    path: str, step: MigrationDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    for key, names in (("rename", step.rename.values()), ("codes", step.codes)):
        for name in names:
            if name not in dataset.columns:
                params = {"path": f"{path}.{key}", "column": name}
                yield Reason(
                    "unknown-column", {**params, **suggested(name, tuple(dataset.columns))}
                )
    for name in (*step.rename, *step.drop):
        if name in dataset.columns:
            yield Reason("migration-column-there", {"path": path, "column": name})
    for name, codes in step.codes.items():
        known = dataset.columns[name].codes if name in dataset.columns else None
        for code in codes.values():
            if code is not None and known is not None and code not in known:
                facts = {"path": f"{path}.codes.{name}", "column": name, "code": code}
                yield Reason("recipe-unknown-code", {**facts, **suggested(code, known)})


def migration_warnings(dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield versions without a step: recipes for them go on as they are."""
    starts = {step.start for step in dataset.migrations}
    for version in range(1, dataset.version):
        if version not in starts:
            yield Reason("migration-missing", {"path": "migrations", "version": str(version)})
