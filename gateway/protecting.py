"""Protecting the records of one extract: read, group, search, recode, order.

Rows go through in batches and into keyed order outside of memory (`keyed_rows.py`); what is held
of all of them at once is the weighted distinct table, which is much smaller where the policy has a
floor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from anonymizers.alike import Likeness
from anonymizers.arranging import ARRANGE
from anonymizers.hierarchies import Hierarchy
from anonymizers.information import information_lost
from anonymizers.losses import weigh
from anonymizers.populations import Source, map_population
from anonymizers.pseudonyms import derive_key
from anonymizers.recoding import recode
from anonymizers.recount import ColumnRule, Rules
from anonymizers.references import Reference
from anonymizers.search import NothingSafeError
from anonymizers.weighted import KNOWN, WeightedTable, weighted_table
from gateway.codebooks import codebook_rows, manifest_columns
from gateway.contributors import contributor_terms
from gateway.deciding import Decided
from gateway.keyed_rows import KeyedRows
from gateway.known_sets import KnownSets, released_separators
from gateway.lake.filters import people_asked_for
from gateway.lake.lookups import Lookup
from gateway.lake.selection import Selection
from gateway.progress import Stage
from gateway.protected import Protected
from gateway.redacting import Texts
from gateway.release_measures import entropy_figures
from gateway.release_parts import Releaser
from gateway.release_tokens import ReleaseTokens
from gateway.sensitive_values import SensitiveValues, sensitive_values
from gateway.sequences import decide_sequences, sequence_rules
from gateway.transforming import Transforms, promises
from policies.ladders import column_ladder, dataset_population
from policies.requests import data_request
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anonymizers.ladders.base import Climb, Ladder
    from anonymizers.models import Model
    from anonymizers.populations import Population
    from anonymizers.recoding import Recoded
    from anonymizers.recount_sequences import SequenceRules
    from gateway.context import Context
    from gateway.progress import Report
    from gateway.spill import Spill
    from policies.documents import DatasetDocument
    from policies.plans import ColumnPlan, ExtractPlan

# How far it is when a stage is over, by how long stages take with millions of records.
_SELECTED, _GROUPED, _FOUND = 0.35, 0.5, 0.6


class Asked(Protocol):
    """What decides the bytes of an extract besides its plan; the extract's row has it."""

    @property
    def snapshot(self) -> int:
        """The lake's, when it was asked for."""

    @property
    def basis(self) -> str:
        """Names the request; tokens of the epoch `release` change with it."""


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
    with Selection(
        context.lake,
        declared.document,
        plan,
        snapshot=extract.snapshot,
        today=context.clock.today(context.home.document.timezone),
        contributors=contributor_terms(context.registry, plan.dataset),
    ) as selection:
        transforms = Transforms(context.keys, plan, declared.document)
        return _Work(
            context, extract, plan, declared.document, selection, transforms, spill, report
        ).run()


@dataclass(frozen=True)
class _Work:
    """One extract's records on their way through this room."""

    context: Context
    extract: Asked
    plan: ExtractPlan
    dataset: DatasetDocument
    selection: Selection
    transforms: Transforms
    spill: Spill
    report: Report

    def run(self) -> Protected:
        self.report(_SELECTED)
        hierarchies, lookups = {}, {}
        for column in self._quasi_identifiers():
            climb = self._climb(column)
            hierarchies[column.name] = Hierarchy.between(climb, column.floor, column.ceiling)
            lookups[column.name] = Lookup(climb.values, climb.rung(column.floor).codes)
        decided = self._decide(lookups, hierarchies)
        self.report(_FOUND)
        rows = self._rows(lookups, decided)
        if not rows.num_rows:
            raise NothingSafeError
        return self._protected(rows, decided, self._rules(rows.num_rows, decided, lookups))

    def _decide(
        self, lookups: Mapping[str, Lookup], hierarchies: Mapping[str, Hierarchy]
    ) -> Decided:
        """Find the levels, and decide who stays."""
        if self.plan.protection.max_records_per_person > 1:
            return decide_sequences(
                self.selection, lookups, hierarchies, self._model, self._known_sets(self._model.l)
            )
        several = self._known_sets(self._separators)
        secrets = self._secrets(one for one in self._model.sensitive if one not in several)
        table = self._weighted(lookups, hierarchies, secrets, several)
        if table.total == 0:
            raise NothingSafeError
        self.report(_GROUPED)
        found = ARRANGE[self.plan.protection.recoding](table, hierarchies, self._model)
        losses = weigh(table, hierarchies, found.classes)

        def recoded(batch: pa.RecordBatch) -> Recoded:
            codes = {name: batch.column(name).to_numpy() for name in hierarchies}
            minors = batch.column("weir_minor").to_numpy(zero_copy_only=False)
            return recode(codes, minors, hierarchies, found.classes)

        return Decided(
            levels=found.classes.stands_on,
            people=found.people,
            by_search=found.suppressed,
            suppressed=losses.suppressed,
            loss=found.loss,
            loss_by_column=found.loss_by_column,
            recode=recoded,
            lost=information_lost(table, hierarchies, found.classes),
            references={
                name: Reference.of(secrets[name].texts, table.counts(name))
                for name in self._model.t
            },
        )

    def _quasi_identifiers(self) -> list[ColumnPlan]:
        return [column for column in self.plan.columns if column.quasi_identifier]

    def _climb(self, column: ColumnPlan) -> Climb:
        return self._ladder(column).climb(self.selection.distinct(column.name))

    def _ladder(self, column: ColumnPlan) -> Ladder:
        ladder = column_ladder(self.dataset, column.name, column.min_population)
        assert ladder is not None  # noqa: S101 - the lint refuses a coarsened column without one
        return ladder

    def _secrets(self, names: Iterable[str]) -> dict[str, SensitiveValues]:
        secrets = {}
        for name in names:
            stored = self.selection.distinct(name)
            released = self.transforms.by_value(name, stored)
            secrets[name] = sensitive_values(self.dataset.columns[name], stored, released)
        return secrets

    def _weighted(
        self,
        lookups: Mapping[str, Lookup],
        hierarchies: Mapping[str, Hierarchy],
        secrets: Mapping[str, SensitiveValues],
        several: Mapping[str, KnownSets],
    ) -> WeightedTable:
        coded = {name: values.lookup for name, values in secrets.items()}
        coded |= {name: cells.lookup for name, cells in several.items()}
        grouped = self.selection.weighted(lookups, coded)
        masks = {name: cells.masks for name, cells in several.items()}
        table = weighted_table(grouped, list(lookups), list(coded), self._model.counted, masks)
        population = self._population()
        if population is None:
            return table
        sources = {
            column.name: Source(self._ladder(column), lookups[column.name].values.type)
            for column in self._quasi_identifiers()
        }
        mapped = map_population(population, table.columns, hierarchies, sources)
        return replace(table, population=mapped)

    def _population(self) -> Population | None:
        rule = self.plan.protection.k_map
        if rule is None:
            return None
        whole = dataset_population(self.dataset, rule.population)
        return people_asked_for(whole, self.plan.where, self.dataset)

    @property
    def _separators(self) -> dict[str, str]:
        """What stands between the codes of a cell, where l names a column with several."""
        marks = released_separators(self.plan, self.dataset)
        return {name: mark for name, mark in marks.items() if name in self._model.l}

    def _known_sets(self, names: Iterable[str]) -> dict[str, KnownSets]:
        """Split the cells of sensitive columns into their known values."""
        sets, separators = {}, self._separators
        for name in names:
            distinct = self.selection.distinct(name)
            released = self.transforms.by_value(name, distinct)
            nothing = self.dataset.columns[name].says_nothing
            sets[name] = KnownSets.of(distinct, released, separators.get(name), nothing)
        return sets

    @property
    def _model(self) -> Model:
        return self.plan.protection.model

    def _rows(self, lookups: Mapping[str, Lookup], decided: Decided) -> KeyedRows:
        """Stream the records, leave out whom the classes leave out, recode the rest."""
        stored = [column.name for column in self.plan.columns if column.redaction is None]
        others = [name for name in stored if name not in lookups]
        expected = self.selection.count()
        stage = Stage(self.report, _FOUND, 1, expected)
        rows = KeyedRows(self.spill, self._order_key(), expected)
        for batch in self.selection.stream(lookups, others):
            recoded = self._recoded(batch, decided)
            self.transforms.look(recoded)
            rows.add(recoded)
            stage.done(batch.num_rows)
        rows.finish()
        return rows

    def _recoded(self, batch: pa.RecordBatch, decided: Decided) -> pa.Table:
        recoded = decided.recode(batch)
        own = ("weir_record", "weir_person", "weir_minor", KNOWN)
        columns = {name: batch.column(name) for name in own}
        for column in self.plan.columns:
            if column.redaction is None:  # free text comes from the vault, once all is decided
                source = batch.column(column.name)
                columns[column.name] = recoded.columns.get(column.name, source)
        table = pa.table({**columns, "weir_class": recoded.classes})
        return table.filter(pa.array(recoded.kept))

    def _order_key(self) -> bytes:
        """The order of rows tells nothing of the data's order, and equal requests have one."""
        return derive_key(
            self.context.keys.order(),
            "weir rows v1",
            self.plan.partner,
            self.plan.policy_sha256,
            str(self.extract.snapshot),
            canonical_bytes(data_request(self.plan.request)).decode(),
        )

    def _protected(
        self, rows: KeyedRows, decided: Decided, rules: Rules | SequenceRules
    ) -> Protected:
        epoch = {column.name: self._epoch(column) for column in self._pseudonymized()}
        end = self.selection.earliest_consent_end()
        return Protected(
            rows=rows,
            releaser=Releaser(
                self.plan,
                self.transforms,
                ReleaseTokens(self.context, self.plan, epoch),
                self._texts(),
            ),
            rules=rules,
            codebook=codebook_rows(self.plan, self.dataset, decided.levels, epoch),
            columns=manifest_columns(self.plan, self.dataset, decided.levels),
            utility={
                "loss": decided.loss,
                "loss_by_column": dict(decided.loss_by_column),
                **entropy_figures(decided.lost),
            },
            epoch=epoch,
            first_consent_end=None if end is None else end.isoformat(),
            left_out={
                **self.selection.left_out,
                "people_seen": decided.people,
                "suppressed_by_search": decided.by_search,
                "suppressed": decided.suppressed,
            },
            plan=self.plan,
        )

    def _pseudonymized(self) -> list[ColumnPlan]:
        return [column for column in self.plan.columns if column.action == "pseudonymize"]

    def _texts(self) -> Texts:
        context = self.context
        return Texts(context.lake, context.vault, self.plan, self.dataset, self.extract.snapshot)

    def _epoch(self, column: ColumnPlan) -> str:
        today = self.context.clock.today(self.context.home.document.timezone)
        return {
            "agreement": self.plan.agreement,
            "year": str(today.year),
            "release": self.extract.basis[:16],
        }[column.epoch]

    def _rules(
        self, rows: int, decided: Decided, lookups: Mapping[str, Lookup]
    ) -> Rules | SequenceRules:
        columns = {
            column.name: ColumnRule(column.name, self._ladder(column), column.floor, column.ceiling)
            for column in self._quasi_identifiers()
        }
        population = self._population()
        rules = Rules(
            model=self._model,
            columns=tuple(columns.values()),
            people=decided.people,
            left_out_by_search=decided.by_search,
            rows=rows,
            recoding=self.plan.protection.recoding,
            promises=promises(self.plan),
            references=decided.references,
            population=population,
            likeness={
                name: Likeness(rule.ladder, lookups[name].values.type, rule.allowed)
                for name, rule in columns.items()
                if population is not None and name in population.columns
            },
            separators=self._separators,
            says_nothing={
                name: self.dataset.columns[name].says_nothing for name in self._model.sensitive
            },
        )
        if self.plan.protection.max_records_per_person == 1:
            return rules
        return sequence_rules(rules, decided.people - decided.suppressed, self.plan)
