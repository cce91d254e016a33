"""A pack's parameters, filled with columns of the dataset that is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.client.errors import MeasureError
from gateway.client.measures import read_key
from gateway.publishing.documents import PARAMETER

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gateway.client.measures import Key
    from gateway.publishing.documents import PackDocument, ParameterDocument

Filled = dict[str, Any]


def fill(pack: PackDocument, columns: Collection[str], chosen: Mapping[str, str]) -> Filled:
    """Return for each parameter the key that stands for it.

    Args:
        pack: whose parameters.
        columns: of the dataset, as this partner sees it.
        chosen: by whoever runs it, such as `{"place": "state"}` or `{"place": "state:us-state"}`.

    Raises:
        MeasureError: one has no column, or there is no such parameter.
    """
    unknown = sorted(set(chosen) - set(pack.parameters))
    if unknown:
        known = ", ".join(pack.parameters) or "none"
        raise MeasureError(
            f"the pack {pack.pack} has no parameter {', '.join(unknown)}; it has {known}"
        )
    return {
        name: _chosen(parameter, chosen[name])
        if name in chosen
        else _found(name, parameter, columns)
        for name, parameter in pack.parameters.items()
    }


def filled_keys(keys: Collection[Key], filled: Filled) -> tuple[Key, ...]:
    """Return a table's keys with its parameters replaced by what stands for them."""
    return tuple(
        filled[key[len(PARAMETER) :]] if isinstance(key, str) and key.startswith(PARAMETER) else key
        for key in keys
    )


def column_of(key: Key) -> str:
    """Return the column of a key."""
    return key if isinstance(key, str) else str(key["column"])


def _chosen(parameter: ParameterDocument, text: str) -> Key:
    """Return the key that somebody named; a column that is known brings its level along."""
    key = read_key(text)
    known = {column_of(one): one for one in parameter.any_of}
    return known.get(key, key) if isinstance(key, str) else key


def _found(name: str, parameter: ParameterDocument, columns: Collection[str]) -> Key:
    for key in parameter.any_of:
        if column_of(key) in columns:
            return key
    tried = ", ".join(dict.fromkeys(column_of(key) for key in parameter.any_of))
    raise MeasureError(
        f"the dataset has none of the columns {tried} for {name}; "
        f"name one with --set {name}=COLUMN or --set {name}=COLUMN:LEVEL"
    )
