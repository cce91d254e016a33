"""What a lint found in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.reasons import Reason


@dataclass(frozen=True)
class Findings:
    """The result of a lint.

    Attributes:
        errors: the file can't be used before these are corrected.
        warnings: it can be used; somebody should look.
    """

    errors: tuple[Reason, ...]
    warnings: tuple[Reason, ...]

    @classmethod
    def of(cls, errors: Iterable[Reason], warnings: Iterable[Reason]) -> Findings:
        """Collect both, in the order in which they were found."""
        return cls(tuple(errors), tuple(warnings))
