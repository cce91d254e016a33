"""What a partner reads about each released column: the codebook's rows and the manifest's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from anonymizers.ladders.base import OTHER, TOP
from anonymizers.ladders.catalogue import place_ladder
from anonymizers.redaction.recognizers import KINDS
from gateway.outputs.codebook import CodebookRow
from gateway.redacting import about_redaction, redacted_as
from policies.documents.dataset import PLACE_LADDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.transforms.file_columns import FileColumn
    from policies.documents import ColumnDocument, DatasetDocument
    from policies.plans import ColumnPlan, ExtractPlan

LANGUAGE = "en"
SEPARATOR = "; "
_MOST_CODES = 60


def manifest_columns(
    plan: ExtractPlan,
    dataset: DatasetDocument,
    levels: Mapping[str, tuple[str, ...]],
) -> list[dict[str, Any]]:
    """Return for each released column what was done to it, as the manifest says it."""
    return [
        {
            "name": made.name,
            "role": dataset.columns[column.name].role,
            "action": column.action,
            "ladder": dataset.columns[column.name].ladder_name,
            "level": _levels(column, levels) or None,
            "quasi_identifier": column.quasi_identifier,
            "parameters": _parameters(column)
            | _of_code(column, made)
            | _says_nothing(column, dataset)
            | ({"filled": True} if column.name in (plan.fill or ()) else {})
            | _population(column, dataset),
        }
        for column in plan.columns
        for made in column.file_columns
    ]


def _says_nothing(column: ColumnPlan, dataset: DatasetDocument) -> dict[str, Any]:
    """Return the values that the dataset says don't count, where it names some."""
    values = dataset.columns[column.name].says_nothing
    return {"says_nothing": [*values]} if values else {}


def _population(column: ColumnPlan, dataset: DatasetDocument) -> dict[str, Any]:
    """Return the floor of people in a place, and the table that it was held against."""
    ladder = dataset.columns[column.name].ladder
    if column.min_population is None or ladder not in PLACE_LADDERS:
        return {}
    source = place_ladder(ladder).source
    table = {"source": source.name, "as_of": source.as_of}
    return {"min_population": column.min_population, "population_table": table}


def _of_code(column: ColumnPlan, made: FileColumn) -> dict[str, Any]:
    """Return what one of several columns made of one is about."""
    return {"of": column.name, "code": made.code} if made.code else {}


def _parameters(column: ColumnPlan) -> dict[str, Any]:
    if column.action == "pseudonymize":
        return {"tokens": column.tokens}
    if column.redaction is not None:
        return about_redaction(column.redaction)
    return {} if column.transform is None else dict(column.transform.parameters)


def codebook_rows(
    plan: ExtractPlan,
    dataset: DatasetDocument,
    levels: Mapping[str, tuple[str, ...]],
    epoch: Mapping[str, str],
) -> list[CodebookRow]:
    """Return the codebook: one row for each released column, in the file's order."""
    return [
        _for_code(row, made) if made.code else row
        for column in plan.columns
        for row in [
            _row(column, dataset.columns[column.name], _levels(column, levels), epoch, plan)
        ]
        for made in column.file_columns
    ]


def _levels(column: ColumnPlan, levels: Mapping[str, tuple[str, ...]]) -> str:
    """Name the level of a column, or all on which one of its classes stands, finest first."""
    return SEPARATOR.join(levels.get(column.name, ()))


def _row(
    column: ColumnPlan,
    declared: ColumnDocument,
    level: str,
    epoch: Mapping[str, str],
    plan: ExtractPlan,
) -> CodebookRow:
    return CodebookRow(
        column=column.name,
        label=declared.label.get(LANGUAGE, column.name.replace("_", " ")),
        meaning=_meaning(column, declared),
        type=_type(column, declared),
        protection=_protection(column, declared, plan),
        released_as=_released_as(column, level, epoch) + _filled(column, plan),
        level=level,
        values=_values(column, declared, level),
        missing="an empty field (null in JSON and Parquet)",
    )


def _for_code(row: CodebookRow, made: FileColumn) -> CodebookRow:
    """Return the row of one of several columns made of one."""
    code = f"{made.code} (any that isn't listed)" if made.code == OTHER else made.code
    return replace(
        row,
        column=made.name,
        label=f"{row.label}: {made.code}",
        released_as=f"{row.released_as} {code}",
    )


def _meaning(column: ColumnPlan, declared: ColumnDocument) -> str:
    unit = f", in {declared.unit}" if declared.unit else ""
    return f"{declared.role.replace('_', ' ')}{unit}{_several(column, declared)}"


def _several(column: ColumnPlan, declared: ColumnDocument) -> str:
    """Say of cells that leave with several codes how these are told apart."""
    if declared.multiple is None or column.action == "coarsen":
        return ""
    if column.transform is not None and not column.transform.keeps_sets:
        return ""
    return f", several in a cell, separated by {declared.multiple}"


def _type(column: ColumnPlan, declared: ColumnDocument) -> str:
    return "string" if column.action in ("coarsen", "pseudonymize") else declared.type


def _protection(column: ColumnPlan, declared: ColumnDocument, plan: ExtractPlan) -> str:
    if column.action == "pseudonymize":
        return "token"
    if column.redaction is not None:
        return "redacted free text: still personal data"
    if column.quasi_identifier:
        return f"quasi-identifier, in every equivalence class{_within_a_person(column, plan)}"
    return "sensitive attribute" if declared.role == "sensitive" else "none"


def _within_a_person(column: ColumnPlan, plan: ExtractPlan) -> str:
    """Say, where a person may have several rows, whether the column changes between them."""
    if plan.protection.max_records_per_person == 1:
        return ""
    if column.name in plan.protection.sequence:
        return " of people by all their rows; may change from one row of a person to another"
    return " of people by all their rows; the same in all rows of a person"


def _released_as(column: ColumnPlan, level: str, epoch: Mapping[str, str]) -> str:
    if column.action == "pseudonymize":
        token = "random token" if column.tokens == "vaulted" else "token"
        return f"{token} for {column.domain}, the same within {_within(column, epoch)}"
    if column.redaction is not None:
        return redacted_as(column.redaction)
    if column.transform is not None:
        return column.transform.describe()
    if column.action == "keep":
        return "kept as it is"
    if SEPARATOR in level:
        return f"coarsened class by class, to one of: {level}{_pooled(column)}"
    return "left out (*)" if level == TOP else f"coarsened to {level}{_pooled(column)}"


def _filled(column: ColumnPlan, plan: ExtractPlan) -> str:
    if column.name not in (plan.fill or ()):
        return ""
    return "; gaps have what the person's other records agree on"


def _within(column: ColumnPlan, epoch: Mapping[str, str]) -> str:
    """Say how long a person keeps a token; a release's own epoch means nothing to a reader."""
    if column.epoch == "release":
        return "this release"
    return f"agreement {epoch[column.name]}" if column.epoch == "agreement" else epoch[column.name]


def _pooled(column: ColumnPlan) -> str:
    if column.min_population is None:
        return ""
    return (
        f"; places of at least {column.min_population:,} people, the rest together: as `rest of` "
        "the larger place around them, or as that place"
    )


def _values(column: ColumnPlan, declared: ColumnDocument, level: str) -> str:
    if column.action == "pseudonymize":
        return f"{column.domain}_ and 26 characters"
    if column.redaction is not None:
        return "; ".join(f"[{kind}]" for kind in KINDS)
    if column.action == "coarsen" and declared.ladder in PLACE_LADDERS:
        return _unnamed_places(column, level)
    if column.action != "coarsen" and declared.codes and len(declared.codes) <= _MOST_CODES:
        kept = (*declared.codes, "other")
        return "; ".join(
            kept if column.transform is None else column.transform.values(declared.codes)
        )
    return ""


def _unnamed_places(column: ColumnPlan, level: str) -> str:
    """Say of a column of places what `*` stands for, unless all of it is."""
    if level == TOP:
        return ""
    whys = ["the place isn't listed or could be several"]
    if column.min_population is not None:
        whys.append("too few people live there")
    if SEPARATOR in level and TOP in level.split(SEPARATOR):
        whys.insert(0, "a class had to be told no place")
    return f"* where {', or '.join(whys)}"
