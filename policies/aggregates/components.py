"""Components: the noised vectors that every aggregate is made of, and kept as.

A request is taken apart into components: one statistic over the same keys, under the same
conditions and bounds, with noise of the same mechanism and scale. What is asked again in another
spelling, order or company is the same component: the same noise, charged once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from anonymizers.aggregates.bins import Bins
from anonymizers.aggregates.sensitivity import Sensitivity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from anonymizers.noise.mechanisms import Mechanism
    from policies.plans import Filter

__all__ = [
    "AggregatePlan",
    "Amounts",
    "Bounding",
    "ColumnBins",
    "Component",
    "Key",
    "Kind",
    "MeasurePlan",
    "Price",
    "Query",
    "Sensitivity",
    "Statistic",
]

Statistic = Literal[
    "people", "records", "sum", "distinct", "nodes", "outside", "beyond", "everybody"
]
Bounding = Literal["stored", "per-query"]


@dataclass(frozen=True)
class Key:
    """A column and the level of its ladder whose forms are keys.

    Attributes:
        private: its values aren't declared: only those that pass a threshold are named.
    """

    column: str
    level: str
    private: bool = False


@dataclass(frozen=True)
class Amounts:
    """How a column's values are summed: integers in units of its declared scale.

    Attributes:
        column: a number with bounds.
        low, high: the declared bounds in units; values are clipped to them.
        offset: taken from each value before it is summed (a mean's middle), in units.
    """

    column: str
    low: int
    high: int
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class ColumnBins(Bins):
    """The bins of a quantile.

    Attributes:
        column: a number, or a date counted in days since 1970-01-01.
    """

    column: str


@dataclass(frozen=True)
class Price:
    """What a component costs: pure epsilon, or rho of zCDP; exactly one of the two.

    Attributes:
        delta: of thresholded private keys; the sampler's own comes on top.
    """

    epsilon: Fraction | None
    rho: Fraction | None
    delta: Fraction


@dataclass(frozen=True)
class Component:
    """One noised vector.

    Attributes:
        statistic: people, records, a sum, distinct codes, or the nodes of a quantile; records
            with values outside of their bounds, privacy units with records beyond the bound, and
            all units with a record.
        group_by: keys in the dataset's order of columns; without any there is one cell.
        where: the conditions that it stands under, canonical.
        amounts: of a sum, or of what is outside; bins: of nodes.
        codes: of distinct codes: the column and its level.
        known: records without a value in this column don't count (a mean's denominator).
        threshold: noisy people that a private key needs to be named; None without such keys.
    """

    statistic: Statistic
    group_by: tuple[Key, ...]
    where: tuple[Filter, ...]
    sensitivity: Sensitivity
    mechanism: Mechanism
    price: Price
    amounts: Amounts | None = None
    bins: ColumnBins | None = None
    codes: Key | None = None
    known: str | None = None
    threshold: int | None = None


Kind = Literal[
    "clipped_share",
    "count_people",
    "count_records",
    "sum",
    "mean",
    "quantile",
    "histogram",
    "distinct",
]


@dataclass(frozen=True)
class MeasurePlan:
    """One measure of a query, and the components that it is computed from.

    Attributes:
        name: as rows carry it: `count_people`, `sum:wage_debt`, `mean:wage_debt`,
            `quantile:age:0.5`, `histogram:age:10-years`, `distinct:exploitation`; a clipped
            share's is its column, or `people`.
        components: places in the plan's components, for each level of totals one tuple, the
            finest first (without totals there is one level). A mean has its sum and its count,
            a clipped share what is left out and all of it; everything else one.
        quantile: above 0 and below 1 (quantile only).
        key: of the histogram: it is the last of its component's keys in meaning, wherever the
            dataset's order puts it.
        additive: whether totals of its parts are its totals.
    """

    kind: Kind
    name: str
    components: tuple[tuple[int, ...], ...]
    column: str | None = None
    quantile: Fraction | None = None
    key: Key | None = None
    additive: bool = False


@dataclass(frozen=True)
class Query:
    """One table of an aggregate.

    Attributes:
        name: within a batch.
        group_by: keys as asked for, in the order of the answer's columns.
        totals: whether totals over the last keys, one after the other, are answered too.
        shares: clipped shares, where they are asked for.
    """

    name: str
    group_by: tuple[Key, ...]
    totals: bool
    measures: tuple[MeasurePlan, ...]
    shares: tuple[MeasurePlan, ...] = ()


@dataclass(frozen=True)
class AggregatePlan:
    """Everything needed to answer a request in numbers, decided before data is touched.

    Attributes:
        components: each once.
        max_records_per_person: records of one privacy unit that count.
        bounding: by the stored contribution rank, or by a window over the records asked for.
        non_negative: whether values below 0 are shown as 0.
        limits: the budget of the policy: `epsilon`, `delta`, and per whom.
        request: the canonical request, as the manifest repeats it.
    """

    partner: str
    partner_class: str
    agreement: str
    agreement_ends: str
    purpose: str
    dataset: str
    dataset_sha256: str
    policy: str
    policy_sha256: str
    queries: tuple[Query, ...]
    components: tuple[Component, ...]
    max_records_per_person: int
    bounding: Bounding
    non_negative: bool
    per: Literal["partner", "purpose"]
    epsilon: float
    delta: float
    review: int
    retention_days: int
    request: Mapping[str, Any]
