"""Protecting the records of one extract, step by step.

select -> climb the ladders -> decide on levels, and who stays -> recode in keyed order -> say what
the recount must find. Rows go through in batches and into keyed order outside of memory
(`keyed_rows.py`); what is held of all of them at once is what is decided on (`single_records.py`,
`sequences.py`).
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol

from anonymizers.search import NothingSafeError
from gateway.codebooks import codebook_rows, manifest_columns
from gateway.contributors import given_terms
from gateway.keyed_rows import KeyedRows
from gateway.lake.selection import Selection
from gateway.progress import Stage
from gateway.protected import Protected
from gateway.quasi_identifiers import QuasiIdentifiers
from gateway.recoded_rows import recoded_rows
from gateway.recount_rules import recount_rules
from gateway.redacting import Texts
from gateway.release_measures import entropy_figures, loss_figures
from gateway.release_parts import Releaser
from gateway.release_tokens import ReleaseTokens, token_epochs
from gateway.row_order import order_key
from gateway.selected import Selected
from gateway.sequences import decide_sequences
from gateway.single_records import decide_single_records
from gateway.transforming import Transforms

if TYPE_CHECKING:
    from anonymizers.promises import Rules
    from anonymizers.recount_sequences import SequenceRules
    from gateway.context import Context
    from gateway.deciding import Decided
    from gateway.progress import Report
    from gateway.spill import Spill
    from policies.plans import ExtractPlan

# How far it is when a stage is over, by how long stages take with millions of records.
_SELECTED, _GROUPED, _FOUND = 0.35, 0.5, 0.6


class Asked(Protocol):
    """What decides the bytes of an extract besides its plan; the extract's row has it."""

    @property
    def snapshot(self) -> int:
        """The lake's, when it was asked for."""

    @property
    def basis(self) -> str:
        """Names the request; tokens of the epoch `release` change with it, among others."""


def protect(
    context: Context, extract: Asked, plan: ExtractPlan, spill: Spill, report: Report
) -> Protected:
    """Protect one extract's records as its plan says.

    Args:
        context: the open home.
        extract: what was asked for.
        plan: what is permitted.
        spill: takes rows that don't fit in memory; what is returned needs it.
        report: is told how far it is, from 0 to 1.

    Raises:
        NothingSafeError: not even the coarsest levels allowed protect these people.
        LakeError: the lake can't be read.
    """
    declared = context.registry.dataset(plan.dataset)
    assert declared is not None  # noqa: S101 - the plan was made from it just now
    report(0)
    select = partial(
        Selection,
        context.lake,
        declared.document,
        snapshot=extract.snapshot,
        today=context.clock.today(context.home.document.timezone),
        terms=given_terms(context, declared.document),
    )
    with ExitStack() as opened:
        records = everybody = opened.enter_context(select(plan))
        if plan.where and plan.protection.model.t:
            everybody = opened.enter_context(select(without_conditions(plan)))
        transforms = Transforms(context.keys, plan, declared.document)
        selected = Selected(plan, declared.document, records, everybody, transforms)
        return _Work(context, extract, selected, spill, report).run()


def without_conditions(plan: ExtractPlan) -> ExtractPlan:
    """Return the plan of whoever asks for everybody."""
    return replace(plan, where=())


@dataclass(frozen=True)
class _Work:
    """One extract's records on their way through this room."""

    context: Context
    extract: Asked
    selected: Selected
    spill: Spill
    report: Report

    def run(self) -> Protected:
        selected = self.selected
        self.report(_SELECTED)
        quasi = QuasiIdentifiers.of(selected.records, selected.dataset, selected.plan)
        decided = self._decide(quasi)
        self.report(_FOUND)
        rows = self._in_order(quasi, decided)
        if not rows.num_rows:
            raise NothingSafeError
        rules = recount_rules(selected.plan, selected.dataset, quasi, decided, rows.num_rows)
        return self._protected(rows, decided, rules)

    @cached_property
    def _epoch(self) -> dict[str, str]:
        return token_epochs(self.context, self.extract.basis, self.selected)

    @cached_property
    def _order(self) -> bytes:
        return order_key(self.context, self.selected.plan, self.extract.snapshot, self._epoch)

    def _decide(self, quasi: QuasiIdentifiers) -> Decided:
        """Find the levels, and decide who stays."""
        protection = self.selected.plan.protection
        if protection.max_records_per_person == 1:
            return decide_single_records(self.selected, quasi, lambda: self.report(_GROUPED))
        model = protection.model
        return decide_sequences(
            self.selected.records,
            quasi.lookups,
            quasi.hierarchies,
            model,
            self.selected.known_sets(model.l),
            Stage(self.report, _SELECTED, _GROUPED, self.selected.records.count()),
        )

    def _in_order(self, quasi: QuasiIdentifiers, decided: Decided) -> KeyedRows:
        """Recode the records of those who stay; whoever asks again gets the same order."""
        selected, expected = self.selected, self.selected.records.count()
        stage = Stage(self.report, _FOUND, 1, expected)
        ordered = KeyedRows(self.spill, self._order, expected)
        for rows in recoded_rows(selected, quasi.lookups, decided, stage.done):
            ordered.add(rows)
        ordered.finish()
        return ordered

    def _protected(
        self, rows: KeyedRows, decided: Decided, rules: Rules | SequenceRules
    ) -> Protected:
        context, plan, dataset = self.context, self.selected.plan, self.selected.dataset
        selection, transforms = self.selected.records, self.selected.transforms
        tokens = ReleaseTokens(context, plan, self._epoch)
        texts = Texts(context.lake, context.vault, plan, dataset, self.extract.snapshot)
        end = selection.earliest_consent_end()
        return Protected(
            rows=rows,
            order=context.keys.fingerprint(self._order),
            releaser=Releaser(plan, transforms, tokens, texts),
            rules=rules,
            spill=self.spill,
            codebook=codebook_rows(plan, dataset, decided.levels, self._epoch),
            columns=manifest_columns(plan, dataset, decided.levels),
            utility={
                **loss_figures(decided, plan.protection),
                **entropy_figures(decided.lost),
            },
            epoch=self._epoch,
            first_consent_end=None if end is None else end.isoformat(),
            left_out={
                **selection.left_out,
                "people_seen": decided.people,
                "suppressed_by_search": decided.by_search,
                "suppressed": decided.suppressed,
            },
            plan=plan,
            lenders=selection.lenders(),
        )
