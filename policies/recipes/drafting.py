"""Drafting: a first recipe for a file that nobody has described, with how sure it is of each part.

A draft is a proposal to somebody who knows the file. It is careful where a mistake would hurt:
nothing that names people goes where Weir wouldn't protect it as that, no word becomes a consent,
and what is only likely is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from policies.documents.recipe import FileLayout, RecipeColumn, RecipeDocument
from policies.reasons import Reason
from policies.recipes.filling import ages, full_names, joined_names
from policies.recipes.flagging import FLAGS_CONFIDENCE, flag_columns
from policies.recipes.kinds import Kinds
from policies.recipes.layouts import draft_layout
from policies.recipes.matching import assign, matches, ties, wanted_columns
from policies.recipes.rules import UndecidedCode, draft_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policies.documents import DatasetDocument
    from policies.recipes.glossary import Glossary
    from policies.recipes.matching import Match, Wanted
    from policies.recipes.sampling import FileSample

_WORTH_SHOWING = 0.25


@dataclass(frozen=True)
class ColumnDraft:
    """A declared column of the draft, or a guess that is too weak for it.

    Attributes:
        column: the declared one.
        reads: columns of the file.
        confidence: from 0 to 1.
        why: names columns, never a value.
    """

    column: str
    reads: tuple[str, ...]
    confidence: float
    why: Reason


@dataclass(frozen=True)
class Draft:
    """A proposed recipe.

    Attributes:
        recipe: what may be right; None where nothing of the file was recognized.
        columns: how sure each of its columns is, in the order of the dataset.
        guesses: the best one for each unused header that has any; nothing of them is mapped.
        unused: headers that nothing reads, in the order of the file.
        undecided: words of the file whose codes somebody has to decide about.
        questions: what to look at before it is used.
    """

    recipe: RecipeDocument | None
    columns: tuple[ColumnDraft, ...]
    guesses: tuple[ColumnDraft, ...]
    unused: tuple[str, ...]
    undecided: tuple[UndecidedCode, ...]
    questions: tuple[Reason, ...]


@dataclass
class _Work:
    """What was found so far: rules and their confidence by declared column."""

    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    undecided: list[UndecidedCode] = field(default_factory=list)
    questions: list[Reason] = field(default_factory=list)

    def add(self, draft: ColumnDraft, rule: dict[str, Any]) -> None:
        self.columns[draft.column] = draft
        self.rules[draft.column] = rule

    @property
    def reads(self) -> set[str]:
        return {name for draft in self.columns.values() for name in draft.reads}


def draft_recipe(
    dataset: DatasetDocument, sample: FileSample, glossary: Glossary, name: str
) -> Draft:
    """Propose a recipe for a file; the same sample always gets the same one.

    Args:
        dataset: what the file's records should become.
        sample: of the file.
        glossary: terms of the languages that the file may be in.
        name: of the recipe, in kebab case.
    """
    kinds = {column.name: Kinds(column) for column in sample.columns if column.name}
    wanted = wanted_columns(dataset, glossary)
    found = matches(kinds, wanted, glossary)
    assigned = assign(found)
    layout, layout_questions = draft_layout(kinds, wanted, assigned, glossary)
    work = _Work(questions=list(layout_questions))
    _take_names(work, kinds, wanted, glossary)
    _take_flags(work, kinds, wanted, assigned)
    _take_matches(work, kinds, wanted, assigned, layout)
    _take_ages(work, wanted)
    _ask_about_ties(work, ties(found, assigned))
    return _finish(work, dataset, layout, found, (name, tuple(kinds)))


def _take_names(
    work: _Work, kinds: Mapping[str, Kinds], wanted: Sequence[Wanted], glossary: Glossary
) -> None:
    for column, rule, confidence in full_names(kinds, wanted, glossary):
        facts = {"column": column, "header": rule["source"]}
        why = Reason("draft-part-of-name", facts)
        work.add(ColumnDraft(column, (rule["source"],), confidence, why), rule)
        work.questions.append(Reason("draft-check-name-parts", facts))
    for column, rule, confidence in joined_names(kinds, wanted, glossary):
        why = Reason("draft-joined-names", {"column": column})
        work.add(ColumnDraft(column, tuple(rule["join"]), confidence, why), rule)


def _take_flags(
    work: _Work,
    kinds: Mapping[str, Kinds],
    wanted: Sequence[Wanted],
    assigned: dict[str, Match],
) -> None:
    sure = {m.header for m in assigned.values() if m.confidence >= FLAGS_CONFIDENCE} | work.reads
    taken = {m.column for m in assigned.values() if m.confidence >= FLAGS_CONFIDENCE}
    loose = {header: kind for header, kind in kinds.items() if header not in sure}
    for column, codes in flag_columns(loose, wanted).items():
        if column in taken:
            continue
        why = Reason("draft-flags", {"column": column, "count": str(len(codes))})
        numbers = sorted({word for h in codes for word in kinds[h].missing if word != "?"})
        rule: dict[str, Any] = {"flags": codes}
        if numbers:
            rule["missing"] = tuple(numbers)
        work.add(ColumnDraft(column, tuple(codes), FLAGS_CONFIDENCE, why), rule)


def _take_matches(
    work: _Work,
    kinds: Mapping[str, Kinds],
    wanted: Sequence[Wanted],
    assigned: Mapping[str, Match],
    layout: FileLayout,
) -> None:
    by_name = {one.name: one for one in wanted}
    for name, match in assigned.items():
        if name in work.columns or match.header in work.reads:
            continue
        drafted = draft_rule(kinds[match.header], by_name[name], layout)
        draft = ColumnDraft(name, (match.header,), match.confidence, match.why)
        work.add(draft, {"source": match.header, **drafted.keys})
        work.undecided += drafted.undecided
        work.questions += drafted.questions


def _take_ages(work: _Work, wanted: Sequence[Wanted]) -> None:
    for column, rule, confidence in ages(wanted, work.columns, work.rules):
        reads = (rule["age"]["birth"], rule["age"]["on"])
        facts = {"column": column, "birth": reads[0], "on": reads[1]}
        work.add(ColumnDraft(column, reads, confidence, Reason("draft-age", facts)), rule)
        work.questions.append(Reason("draft-check-age", facts))


def _ask_about_ties(work: _Work, tied: Iterable[tuple[Match, Match]]) -> None:
    for chosen, other in tied:
        made = work.columns.get(chosen.column)
        if made is not None and made.reads == (chosen.header,) and other.header not in work.reads:
            facts = {"column": chosen.column, "header": chosen.header, "other": other.header}
            work.questions.append(Reason("draft-equally-likely", facts))


def _finish(
    work: _Work,
    dataset: DatasetDocument,
    layout: FileLayout,
    found: Sequence[Match],
    named: tuple[str, tuple[str, ...]],
) -> Draft:
    name, headers = named
    order = [column for column in dataset.columns if column in work.columns]
    unused = tuple(header for header in headers if header not in work.reads)
    recipe = None
    if order:
        recipe = RecipeDocument(
            recipe=name,
            dataset=dataset.dataset,
            dataset_version=dataset.version,
            file=layout,
            columns={column: _rule(work.rules[column]) for column in order},
        )
    return Draft(
        recipe,
        tuple(work.columns[column] for column in order),
        tuple(_guesses(found, unused)),
        unused,
        tuple(work.undecided),
        (*_missing_questions(dataset, order), *work.questions),
    )


def _rule(keys: dict[str, Any]) -> RecipeColumn:
    return RecipeColumn.model_validate(
        {("from" if key == "source" else key): value for key, value in keys.items()}
    )


def _missing_questions(dataset: DatasetDocument, made: Sequence[str]) -> Iterable[Reason]:
    needed = (*dataset.record_key, dataset.privacy_unit, dataset.column_of("consent"))
    for column in dict.fromkeys(needed):
        if column in dataset.columns and column not in made:
            yield Reason("draft-needs-column", {"column": str(column)})


def _guesses(found: Sequence[Match], unused: Sequence[str]) -> Iterable[ColumnDraft]:
    seen: set[str] = set()
    for match in found:
        if match.header in unused and match.header not in seen:
            seen.add(match.header)
            if match.confidence >= _WORTH_SHOWING:
                yield ColumnDraft(match.column, (match.header,), match.confidence, match.why)
