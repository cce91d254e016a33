"""The privacy models of a policy beside k: l, t and k-map, in their short and long forms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from policies.documents.base import (
    Count,
    Document,
    Kebab,
    Number,
    Positive,
    ProblemsError,
    Share,
)
from policies.reasons import Reason


class RecursiveDocument(Document):
    """Recursive (c,l)-diversity: the commonest value is rarer than c times all from the l-th on."""

    c: Positive
    l: Count  # noqa: E741 - the model's name


class DiversityDocument(Document):
    """How diverse the known values of one sensitive column are in every class.

    `{exploitation: 2}` is `{exploitation: {distinct: 2}}`.

    Attributes:
        distinct: how many different values.
        entropy: the number of equally common values whose entropy theirs reaches.
        recursive: how much commoner the commonest may be.
    """

    distinct: Count | None = None
    entropy: Annotated[Number, Field(ge=1)] | None = None
    recursive: RecursiveDocument | None = None

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping | Document) else {"distinct": value}

    @model_validator(mode="after")
    def _check(self) -> DiversityDocument:
        if self.distinct is None and self.entropy is None and self.recursive is None:
            raise ProblemsError(Reason("diversity-of-nothing", {"path": ""}))
        return self

    @property
    def least(self) -> int:
        """How many different values a class has at least, by any of the three."""
        entropy = math.ceil(self.entropy or 1)
        return max(self.distinct or 1, entropy, self.recursive.l if self.recursive else 1)

    def short_form(self) -> int | None:
        """Return the number of distinct values where nothing else is asked."""
        return self.distinct if self.entropy is None and self.recursive is None else None


class ClosenessDocument(Document):
    """How far the values of one sensitive column may be, in a class, from everybody's.

    `{exploitation: 0.3}` is `{exploitation: {at_most: 0.3, distance: equal}}`.

    Attributes:
        at_most: 0 to 1.
        distance: `equal`: every two values are 1 apart; `ordered`: as far as their ranks are.
    """

    at_most: Share
    distance: Literal["equal", "ordered"] = "equal"

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping | Document) else {"at_most": value}

    def short_form(self) -> float | None:
        """Return the distance where it is the equal one."""
        return self.at_most if self.distance == "equal" else None


class PopulationRule(Document):
    """k-map: how many people of a declared population look like every class.

    Attributes:
        population: one of the dataset's `populations`.
    """

    k: Count
    population: Kebab
