"""The levels on which a written column stands, read off its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.ladders.base import TOP
from anonymizers.promises import RecountError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from anonymizers.ladders.base import Ladder
    from anonymizers.partitions import Recoding
    from anonymizers.promises import ColumnRule


def one_level(forms: Sequence[str | None], rule: ColumnRule) -> tuple[str, ...]:
    """Return the finest allowed level on which every form of the column stands.

    NULL stands on every level below `*`; a suppressed place is `*` on all levels, so a column of
    nothing else stands on the coarsest.

    Raises:
        RecountError: there is no such level.
    """
    common = set(rule.allowed)
    for form in forms:
        common &= _levels_with(rule.ladder, form)
    for level in reversed(rule.allowed) if list(forms) == [TOP] else rule.allowed:
        if level in common:
            return (level,)
    raise RecountError("level", rule.name)


def _finest_levels(forms: Sequence[str | None], rule: ColumnRule) -> tuple[str, ...]:
    """Return the finest allowed level of each form, the finest of them first."""
    used = {one_level([form], rule)[0] for form in forms}
    return tuple(level for level in rule.allowed if level in used)


LEVELS: Mapping[Recoding, Callable[[Sequence[str | None], ColumnRule], tuple[str, ...]]] = {
    "full-domain": one_level,
    "local": _finest_levels,
}
"""What explains all forms of a column: one level, or with local recoding a level for each."""


def _levels_with(ladder: Ladder, form: str | None) -> set[str]:
    return {*ladder.levels} - {TOP} if form is None else {*ladder.levels_with(form)}
