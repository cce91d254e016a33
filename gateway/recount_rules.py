"""The rules of a recount: what the written file of one extract promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.alike import Likeness
from anonymizers.promises import ColumnRule, Rules
from gateway.known_sets import released_separators
from gateway.lake.filters import people_asked_for
from gateway.sequences import sequence_rules
from gateway.transforming import promises

if TYPE_CHECKING:
    from anonymizers.recount_sequences import SequenceRules
    from gateway.deciding import Decided
    from gateway.quasi_identifiers import QuasiIdentifiers
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan


def recount_rules(
    plan: ExtractPlan,
    dataset: DatasetDocument,
    quasi: QuasiIdentifiers,
    decided: Decided,
    rows: int,
) -> Rules | SequenceRules:
    """Return what the recount must find.

    Args:
        plan: what is permitted.
        dataset: as declared.
        quasi: the quasi-identifiers; only their ladders and types are looked at.
        decided: how many people there were and are left out, and what t is held against.
        rows: how many there are to write.
    """
    population = people_asked_for(plan, dataset)
    columns = {
        name: ColumnRule(name, quasi.ladders[name], column.floor, column.ceiling)
        for name, column in quasi.plans.items()
    }
    rules = Rules(
        model=plan.protection.model,
        columns=tuple(columns.values()),
        people=decided.people,
        left_out_by_search=decided.by_search,
        rows=rows,
        recoding=plan.protection.recoding,
        promises=promises(plan),
        references=decided.references,
        population=population,
        likeness={
            name: Likeness(rule.ladder, quasi.kind(name), rule.floor, decided.levels[name])
            for name, rule in columns.items()
            if population is not None and name in population.columns
        },
        separators=released_separators(plan, dataset),
        says_nothing={
            name: dataset.columns[name].says_nothing for name in plan.protection.model.sensitive
        },
    )
    if plan.protection.max_records_per_person == 1:
        return rules
    return sequence_rules(rules, decided.people - decided.suppressed, plan)
