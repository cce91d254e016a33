"""The policy file that advice writes: complete, and accepted by the lint as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from anonymizers.ladders.base import TOP
from gateway.errors import InvalidRequestError
from policies.documents import parse_policy
from policies.documents.problems import nearest
from policies.lint.columns import SMALL_PLACES
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.documents import ColumnDocument, DatasetDocument, PolicyDocument

MINORS_K = 20
PLACE_PEOPLE = 20_000  # HIPAA's safe harbor names no smaller place
LEAST_L = 2
MOST_WEIGHT = 1_000_000
RETENTION_DAYS = 365
RELEASABLE = ("quasi_identifier", "sensitive", "insensitive")
HEADER = """\
# Proposed by `weir policy advise` for {purpose}, on what {dataset} held then. Read every line,
# change what your agreement needs, then: weir policy check FILE, weir policy preview FILE.
# Levels are the finest that may leave (`from`); each extract searches from there upwards.
"""


@dataclass(frozen=True)
class Wish:
    """What an operator wants advice on.

    Attributes:
        dataset: its declaration.
        purpose, partner_class: whom the policy is for.
        columns: to release; none: every quasi-identifier, and sensitive columns with codes.
        floors: finest level to consider, where it isn't the ladder's finest.
        max_suppressed: share of people that the search may leave out, 0 to 1.
    """

    dataset: DatasetDocument
    purpose: str
    partner_class: str
    columns: tuple[str, ...]
    floors: Mapping[str, str]
    max_suppressed: float

    @property
    def released(self) -> tuple[str, ...]:
        """The columns, in the dataset's order."""
        declared = self.dataset.columns
        if not self.columns:
            return tuple(name for name, column in declared.items() if _by_default(column))
        return tuple(name for name in declared if name in self.columns)

    @property
    def quasi_identifiers(self) -> tuple[str, ...]:
        """Those whose levels are searched."""
        declared = self.dataset.columns
        return tuple(n for n in self.released if declared[n].role == "quasi_identifier")


def check_wish(wish: Wish, weights: Mapping[str, float]) -> None:
    """Check that every column named is one that advice can be about.

    Raises:
        InvalidRequestError: with every column that isn't.
    """
    declared = wish.dataset.columns
    releasable = [name for name, column in declared.items() if column.role in RELEASABLE]
    reasons = [_unknown("--columns", name, releasable) for name in wish.columns]
    for option, names in (("--weights", weights), ("--floors", wish.floors)):
        reasons += [_unknown(option, name, wish.quasi_identifiers) for name in names]
    reasons += [_no_weight(*one) for one in weights.items() if not 0 < one[1] <= MOST_WEIGHT]
    if not wish.quasi_identifiers:
        reasons.append(Reason("nothing-to-advise", {"dataset": wish.dataset.dataset}))
    found = tuple(reason for reason in reasons if reason is not None)
    if found:
        raise InvalidRequestError(found)


def _no_weight(name: str, weight: float) -> Reason:
    named = {"column": name, "value": f"{weight:g}", "most": f"{MOST_WEIGHT:,}"}
    return Reason("not-a-weight", named)


def _unknown(option: str, name: str, known: tuple[str, ...] | list[str]) -> Reason | None:
    if name in known:
        return None
    listed = ", ".join(known)
    params = {"option": option, "column": name, "known": listed, "nearest": nearest(name, known)}
    return Reason("not-to-be-advised", params)


def _by_default(column: ColumnDocument) -> bool:
    coded = bool(column.codes) and not column.multiple
    return column.role == "quasi_identifier" or (column.role == "sensitive" and coded)


def policy_for(wish: Wish, k: int, levels: Mapping[str, str]) -> PolicyDocument:
    """Return the policy with these levels as floors; a column at `*` stays at home.

    Raises:
        DocumentError: purpose or class aren't what they may be.
    """
    return parse_policy(_mapping(wish, k, levels))


def policy_text(wish: Wish, k: int, levels: Mapping[str, str]) -> str:
    """Return the same as the text of a file."""
    header = HEADER.format(purpose=wish.purpose, dataset=wish.dataset.dataset)
    body = yaml.safe_dump(_mapping(wish, k, levels), sort_keys=False, allow_unicode=True)
    return f"{header}{body}"


def _mapping(wish: Wish, k: int, levels: Mapping[str, str]) -> dict[str, Any]:
    minors = _minors(wish, k)
    diverse = [name for name in wish.released if _is_diverse(wish.dataset.columns[name])]
    return {
        "policy": f"{wish.dataset.dataset}-{wish.purpose}",
        "dataset": wish.dataset.dataset,
        "classes": [wish.partner_class],
        "purposes": [wish.purpose],
        "extract": {
            "columns": {name: _rule(wish, name, levels) for name in wish.released},
            **({"minors": minors} if minors else {}),
            "protect": {
                "k": k,
                **({"l": dict.fromkeys(diverse, LEAST_L)} if diverse else {}),
                "max_suppressed": wish.max_suppressed,
            },
        },
        "review": {"extract": 1},
        "retention_days": RETENTION_DAYS,
    }


def _is_diverse(column: ColumnDocument) -> bool:
    return column.role == "sensitive" and len(column.codes or ()) >= LEAST_L


def _rule(wish: Wish, name: str, levels: Mapping[str, str]) -> Any:
    if name not in wish.quasi_identifiers:
        return "keep"
    if levels[name] == TOP and {*levels.values()} != {TOP}:
        return "drop"
    return {"coarsen": {"from": levels[name], **_least_people(wish.dataset.columns[name])}}


def _least_people(column: ColumnDocument) -> dict[str, int]:
    return {"min_population": PLACE_PEOPLE} if column.ladder in SMALL_PLACES else {}


def _minors(wish: Wish, k: int) -> dict[str, Any] | None:
    """Return the rule for minors, which the lint asks for wherever there is an age."""
    ages = [name for name, column in wish.dataset.columns.items() if column.ladder == "age"]
    return {"column": ages[0], "below": 18, "k": max(MINORS_K, k)} if ages else None
