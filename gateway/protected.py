"""What was protected of one extract, and what its manifest says about that."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.release_measures import risk_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from anonymizers.promises import Rules
    from anonymizers.recount import Recount
    from anonymizers.recount_sequences import SequenceRules
    from gateway.keyed_rows import KeyedRows
    from gateway.outputs.codebook import CodebookRow
    from gateway.release_parts import Part, Releaser
    from gateway.spill import Spill
    from policies.plans import ExtractPlan, Protection


@dataclass(frozen=True)
class Protected:
    """Rows that may be written, and what was done to make them.

    Attributes:
        rows: recoded, in keyed order; there as long as their spill is.
        order: keyed hash of the order's key.
        releaser: turns them into parts.
        rules: what the recount must find on the written file.
        spill: takes what doesn't fit in memory.
        lenders: `person`, `record` and `identity` of records that lent them a value.
    """

    rows: KeyedRows
    order: str
    releaser: Releaser
    rules: Rules | SequenceRules
    spill: Spill
    codebook: list[CodebookRow]
    columns: list[dict[str, Any]]
    utility: dict[str, Any]
    epoch: dict[str, str]
    first_consent_end: str | None
    left_out: dict[str, int]
    plan: ExtractPlan
    lenders: pa.Table

    def parts(self) -> Iterator[Part]:
        """Yield the extract part by part, in keyed order; as often as asked.

        Raises:
            SealedFileError: a spill file was changed.
        """
        for rows in self.rows:
            yield self.releaser.part(rows)

    def protection(self, counted: Recount) -> dict[str, Any]:
        """Return the manifest's part on protection, by what the recount found."""
        rules = self.plan.protection
        seen, most = self.left_out["people_seen"], rules.max_records_per_person
        return {
            "k": rules.k,
            "l": _diversity(rules),
            "t": {name: vars(rule) for name, rule in rules.t.items()},
            "k_map": None if rules.k_map is None else vars(rules.k_map),
            "minors": None if rules.minors is None else vars(rules.minors),
            "levels_by": rules.levels_by,
            "unit": "a person's one row" if most == 1 else "a person's whole set of rows",
            "max_records_per_person": most,
            "sequence": list(rules.sequence),
            "recoding": rules.recoding,
            "suppressed_share": math.ceil(100 * counted.suppressed / seen) / 100,
            "prosecutor_risk": 1 / counted.smallest_class,
            **risk_figures(counted),
            "wp216": _wp216(self.plan, pseudonymized=bool(self.epoch)),
        }


def _diversity(rules: Protection) -> dict[str, Any]:
    """Return what is asked of each column, in the short form where that is a number of values."""
    asked: dict[str, dict[str, Any]] = {name: {} for name in rules.model.sensitive}
    for name, least in rules.l.items():
        asked[name]["distinct"] = least
    for name, entropy in rules.entropy.items():
        asked[name]["entropy"] = entropy
    for name, recursive in rules.recursive.items():
        asked[name]["recursive"] = vars(recursive)
    plain = {"distinct"}
    return {
        name: models["distinct"] if models.keys() == plain else models
        for name, models in asked.items()
        if models
    }


def _wp216(plan: ExtractPlan, *, pseudonymized: bool) -> dict[str, str]:
    """Answer the three questions of Art. 29 WP opinion 05/2014: is it still possible to ...?"""
    return {
        "singling_out": "yes" if pseudonymized or plan.redacted else "no",
        "linkability": "yes",
        "inference": "may not" if plan.protection.model.sensitive and not plan.redacted else "yes",
    }
