"""A pack's parameters, filled with columns of the dataset that is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.client.errors import MeasureError
from gateway.client.measures import read_key
from gateway.publishing.documents import PARAMETER

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gateway.client.measures import Key
    from gateway.publishing.documents import PackDocument, ParameterDocument

Filled = dict[str, Any]


def fill(
    pack: PackDocument, offered: Mapping[str, Sequence[str]], chosen: Mapping[str, str]
) -> Filled:
    """Return for each parameter the key that stands for it.

    Args:
        pack: whose parameters.
        offered: columns that this partner may group by, with their levels.
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
        else _found(name, parameter, offered)
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
    known = {column_of(one): one for one in reversed(parameter.any_of)}
    return known.get(key, key) if isinstance(key, str) else key


def _found(name: str, parameter: ParameterDocument, offered: Mapping[str, Sequence[str]]) -> Key:
    for key in parameter.any_of:
        levels = offered.get(column_of(key))
        if levels is not None and (isinstance(key, str) or key["level"] in levels):
            return key
    raise MeasureError(
        f"nothing that you may group by fits the parameter {name}; name a column with "
        f"--set {name}=COLUMN or --set {name}=COLUMN:LEVEL. You may group by "
        f"{', '.join(offered) or 'nothing'}"
    )
