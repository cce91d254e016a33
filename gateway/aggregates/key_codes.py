"""Which keys each distinct value of a column counts under, and which values a condition lets in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.aggregates.cells import KeyCodes
from anonymizers.ladders.base import OTHER, TOP
from gateway.lake.filters import matching
from policies.aggregates.keys import BESIDES, NULL, key_forms
from policies.ladders import column_ladder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from policies.aggregates.components import Key
    from policies.documents import ColumnDocument, DatasetDocument
    from policies.plans import Filter


def forms_of(document: DatasetDocument, key: Key, values: pa.Array) -> tuple[str, ...]:
    """Return the forms of a key: the declared ones, or of a private key those that occur.

    Both are forms of the key's level, never values as stored: the policy's finest level holds for
    private keys too. Codes of cells with several are declared in any case.
    """
    if not key.private or document.columns[key.column].multiple is not None:
        return key_forms(document, key)
    return (*sorted({*_on_level(document, key, values)} - {*BESIDES}), *BESIDES)


def key_codes(document: DatasetDocument, key: Key, values: pa.Array) -> KeyCodes:
    """Return the keys of each distinct value.

    Args:
        document: the dataset.
        key: a column and a level.
        values: distinct, as stored.

    Returns:
        Places in `forms_of`. NULL, and an empty cell of several codes, is `null`; what no form
        of the level stands for is `other`.
    """
    forms = forms_of(document, key, values)
    places = {form: place for place, form in enumerate(forms)}
    column = document.columns[key.column]
    if column.multiple is None:
        levels = _on_level(document, key, values)
        return KeyCodes(len(forms), np.array([places[form] for form in levels], dtype=np.int64))
    return _several(document, key, values, places)


def _on_level(document: DatasetDocument, key: Key, values: pa.Array) -> list[str]:
    """Return the form of each value on the key's level, with the words for NULL and for others."""
    ladder = column_ladder(document, key.column)
    assert ladder is not None  # noqa: S101 - the lint refuses keys without one
    rung = ladder.climb(values).rung(key.level)
    named = [_key_of(form) for form in rung.forms]
    return [named[code] for code in rung.codes.tolist()]


def _key_of(form: str | None) -> str:
    """Return a form's key: what a ladder releases is declared, or `other`, or `*` of no table."""
    if form is None:
        return NULL
    return OTHER if form == TOP else form


def _several(
    document: DatasetDocument, key: Key, values: pa.Array, places: dict[str, int]
) -> KeyCodes:
    """Return the keys of cells with several codes: each key once, the first ones of the list."""
    column = document.columns[key.column]
    listed = list(column.codes or ())
    levels = dict(zip(listed, _on_level(document, key, pa.array(listed, pa.string())), strict=True))
    flat: list[int] = []
    starts = [0]
    for value in values.to_pylist():
        codes = _codes_of(value, column, listed)
        named = [levels.get(code, OTHER) for code in codes] or [NULL]
        flat.extend(places[form] for form in dict.fromkeys(named))
        starts.append(len(flat))
    return KeyCodes(len(places), np.array(flat, dtype=np.int64), np.array(starts, dtype=np.int64))


def _codes_of(value: str | None, column: ColumnDocument, listed: Sequence[str]) -> list[str]:
    """Return the first `max_codes` codes of a cell in the order of the list, unlisted ones last."""
    parts = {part.strip() for part in (value or "").split(str(column.multiple))} - {""}
    known = [code for code in listed if code in parts]
    others = [OTHER] if parts - {*listed} else []
    return [*known, *others][: column.max_codes]


def passing(document: DatasetDocument, condition: Filter, values: pa.Array) -> NDArray[np.bool_]:
    """Mark the distinct values that a condition lets in."""
    met = matching(values, condition, document)
    return np.asarray(pc.is_in(values, value_set=met), dtype=bool)
