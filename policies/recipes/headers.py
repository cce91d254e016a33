"""Headers: the columns that a recipe reads, found in a file that may spell them otherwise."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from policies.documents.problems import nearest
from policies.reasons import Reason
from policies.recipes.folding import fold_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class HeaderError(ValueError):
    """A file has a column that the recipe reads not at all, or more than once."""

    def __init__(self, reason: Reason) -> None:
        """Carry the reason."""
        super().__init__(reason.rule)
        self.reason = reason


def match_header(wanted: Sequence[str], header: Sequence[str], file: str) -> Mapping[str, str]:
    """Return by each wanted column the name it has in the file.

    By its exact name; else by its letters and digits without capitals and accents, among the
    names that nothing else has taken.

    Args:
        wanted: columns that a recipe reads.
        header: the file's.
        file: its name.

    Raises:
        HeaderError: a column is missing (with the nearest name there), or could be several.
    """
    counts = Counter(header)
    found = {name: name for name in wanted if counts[name] == 1}
    doubled = [name for name in wanted if counts[name] > 1]
    if doubled:
        raise HeaderError(_twice(file, doubled[0]))
    left = [name for name in header if name not in found]
    for name in wanted:
        if name not in found:
            found[name] = _like(name, left, file)
    taken = Counter(found.values())
    for name in wanted:
        if taken[found[name]] > 1:
            raise HeaderError(_twice(file, found[name]))
    return found


def _like(name: str, left: Sequence[str], file: str) -> str:
    plain = fold_name(name)
    alike = [one for one in left if plain and fold_name(one) == plain]
    if len(alike) > 1:
        raise HeaderError(_twice(file, alike[1]))
    if not alike:
        params = {"file": file, "column": name, "nearest": nearest(name, left)}
        raise HeaderError(Reason("missing-column", params))
    return alike[0]


def _twice(file: str, column: str) -> Reason:
    return Reason("duplicate-column", {"file": file, "column": column})
