"""Protecting the records of one extract: read, group, search, recode, pseudonymize, order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from anonymizers.classes import Classes
from anonymizers.hierarchies import Hierarchy
from anonymizers.losses import Losses, weigh
from anonymizers.models import Model
from anonymizers.pseudonyms import derive_key, keyed_order, token_key, tokens_text
from anonymizers.search import Found, find_levels
from anonymizers.weighted import WeightedTable, weighted_table
from gateway.codebooks import describe_columns
from gateway.lake.selection import Lookup, Selection
from gateway.permissions import contributor_terms
from policies.ladders import column_ladder
from policies.requests import data_request
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from anonymizers.ladders.base import Climb
    from anonymizers.recount import Recount, Rules
    from gateway.context import Context
    from gateway.outputs.codebook import CodebookRow
    from gateway.store.tables import Extract
    from policies.documents import DatasetDocument
    from policies.plans import ColumnPlan, ExtractPlan

Report = Callable[[float], None]


@dataclass(frozen=True)
class Protected:
    """A table that may be written, and what was done to make it.

    Attributes:
        table: released columns in the plan's order, rows in keyed order.
        people, records, classes: (rows,) root of person, root of record, class number.
        rules: what the recount must find on the written file.
    """

    table: pa.Table
    people: pa.Array
    records: pa.Array
    classes: pa.Array
    rules: Rules
    codebook: list[CodebookRow]
    columns: list[dict[str, Any]]
    utility: dict[str, Any]
    epoch: dict[str, str]
    first_consent_end: str | None
    left_out: dict[str, int]
    plan: ExtractPlan

    def protection(self, counted: Recount) -> dict[str, Any]:
        """Return the manifest's part on protection, by what the recount found."""
        rules = self.plan.protection
        seen = self.left_out["people_seen"]
        return {
            "k": rules.k,
            "l": dict(rules.l),
            "t": {},
            "minors": None if rules.minors is None else vars(rules.minors),
            "levels_by": rules.levels_by,
            "suppressed_share": math.ceil(100 * (seen - counted.rows) / seen) / 100,
            "prosecutor_risk": 1 / counted.smallest_class,
            "wp216": _wp216(self.plan, pseudonymized=bool(self.epoch)),
        }


def _wp216(plan: ExtractPlan, *, pseudonymized: bool) -> dict[str, str]:
    """Answer the three questions of Art. 29 WP opinion 05/2014: is it still possible to ...?"""
    return {
        "singling_out": "yes" if pseudonymized else "no",
        "linkability": "yes",
        "inference": "may not" if plan.protection.l else "yes",
    }
