"""Filling: columns that no single column of the file is, but that can be made of some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies.recipes.matching import concept_of, name_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policies.recipes.drafting import ColumnDraft
    from policies.recipes.glossary import Glossary
    from policies.recipes.kinds import Kinds
    from policies.recipes.matching import Wanted

Filled = tuple[str, dict[str, Any], float]
_PARTS_OF_NAME, _JOINED, _AGE = 0.6, 0.9, 0.6
_COUNTED_TO = {"age": "incoming-referral-date", "age-when-trafficked": "event-date"}
_HALF = 0.5


def full_names(
    kinds: Mapping[str, Kinds], wanted: Sequence[Wanted], glossary: Glossary
) -> Iterator[Filled]:
    """Yield given and family names out of a column with both, where the file has no other."""
    meant = _headers(kinds, glossary)
    given, family = _column(wanted, "given-name"), _column(wanted, "family-name")
    header = meant.get("full-name")
    if header is None or given is None or family is None or _column(wanted, "full-name"):
        return
    if {"given-name", "family-name", "paternal-name"} & meant.keys():
        return
    turned = kinds[header].share(lambda text: "," in text) > _HALF  # García López, Ana
    mark = "," if turned else " "
    first = {"source": header, "separator": mark, "part": 2 if turned else 1}
    last = {"source": header, "separator": mark, "part": 1 if turned else 2}
    yield given, first, _PARTS_OF_NAME
    yield family, last if turned else {**last, "rest": True}, _PARTS_OF_NAME


def joined_names(
    kinds: Mapping[str, Kinds], wanted: Sequence[Wanted], glossary: Glossary
) -> Iterator[Filled]:
    """Yield the family name of a file that has the father's and the mother's apart."""
    meant = _headers(kinds, glossary)
    family = _column(wanted, "family-name")
    both = [meant[name] for name in ("paternal-name", "maternal-name") if name in meant]
    if family is not None and len(both) > 1:
        yield family, {"join": tuple(both)}, _JOINED


def ages(
    wanted: Sequence[Wanted],
    made: Mapping[str, ColumnDraft],
    rules: Mapping[str, Mapping[str, Any]],
) -> Iterator[Filled]:
    """Yield an age where the file has none, but a day of birth and one to count it to."""
    birth = _single(_column(wanted, "birth-date"), made, rules)
    for one in wanted:
        if one.concept not in _COUNTED_TO or one.column.type != "integer" or one.name in made:
            continue
        on = _single(_column(wanted, _COUNTED_TO[one.concept]), made, rules)
        if birth is not None and on is not None:
            yield one.name, {"age": {"birth": birth, "on": on}}, _AGE


def _headers(kinds: Mapping[str, Kinds], glossary: Glossary) -> dict[str, str]:
    """Return the first header of each concept."""
    found: dict[str, str] = {}
    for header in kinds:
        if name_keys(header):
            found.setdefault(concept_of(header, glossary), header)
    return found


def _column(wanted: Sequence[Wanted], concept: str) -> str | None:
    return next((one.name for one in wanted if one.concept == concept), None)


def _single(
    column: str | None,
    made: Mapping[str, ColumnDraft],
    rules: Mapping[str, Mapping[str, Any]],
) -> str | None:
    if column is None or column not in made:
        return None
    return rules[column].get("source")
