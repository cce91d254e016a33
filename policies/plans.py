"""What `evaluate` answers: a permit with the plan of a release, or a refusal with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from anonymizers.models import Closeness, Model, Recursive
from anonymizers.transforms.file_columns import FileColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.partitions import Recoding
    from anonymizers.transforms.base import Transform
    from policies.reasons import Reason

ConsentLevel = Literal["none", "aggregate", "anonymized", "pseudonymized"]
Epoch = Literal["release", "year", "agreement"]
Tokens = Literal["derived", "vaulted"]
TextLanguage = Literal["en", "es"]

OFFICERS = MappingProxyType({"listed": 1, "unfound": 2})
"""How many officers, at least, look at redacted text before it leaves."""


@dataclass(frozen=True)
class Redaction:
    """What stays of a free text: words of these languages (`listed`), or what is `unfound`."""

    languages: tuple[TextLanguage, ...]
    keep: Literal["listed", "unfound"]


@dataclass(frozen=True)
class ColumnPlan:
    """How one column leaves.

    Attributes:
        name: column of the dataset.
        action: `coarsen` along its ladder, `keep` as it is, `pseudonymize`, `redact`, or a
            transform's.
        quasi_identifier: whether it is part of the equivalence classes.
        floor, ceiling: finest and coarsest level allowed (coarsen only).
        min_population: people who must live in a place before it is named (coarsen only).
        domain, epoch, tokens: of the token (pseudonymize only).
        transform: what changes its values, where a transform does.
        redaction: what stays (redact only).
    """

    name: str
    action: str
    quasi_identifier: bool = False
    floor: str = ""
    ceiling: str = ""
    min_population: int | None = None
    domain: str = ""
    epoch: Epoch = "agreement"
    tokens: Tokens = "derived"
    transform: Transform | None = None
    redaction: Redaction | None = None

    @property
    def file_columns(self) -> tuple[FileColumn, ...]:
        """The columns of the file that it becomes: one, unless a transform makes several."""
        if self.transform is None:
            return (FileColumn(self.name),)
        return self.transform.file_columns(self.name)


@dataclass(frozen=True)
class InFilter:
    """Records whose released form, on some level from `floor` up, is one of `forms`.

    The floor is the policy's, also where the column itself wasn't asked for; so is the least
    population of a place, for forms name only places that may be named.
    """

    column: str
    forms: tuple[str, ...]
    floor: str
    min_population: int | None = None


@dataclass(frozen=True)
class RangeFilter:
    """Records between two exact values, both included, on band edges of the floor."""

    column: str
    first: str | None
    last: str | None


Filter = InFilter | RangeFilter


@dataclass(frozen=True)
class MinorsRule:
    """Stricter protection of minors and of people of unknown age.

    Attributes:
        column: the age column; below: first age that counts as adult.
        k: people in every class that holds a minor; None drops minors instead.
    """

    column: str
    below: int
    k: int | None


@dataclass(frozen=True)
class PopulationRule:
    """k-map: at least `k` people of the dataset's population of that name look like each class."""

    k: int
    population: str


@dataclass(frozen=True)
class Protection:
    """The privacy models of an extract.

    Attributes:
        k: people in every class; l: distinct known values per sensitive column.
        max_suppressed_share: 0 to 1, people the k search may leave out.
        levels_by: `k`, or `all` for the search under every model.
        max_records_per_person: rows that one person may have.
        sequence: of the quasi-identifiers that leave, those that may change between them.
        recoding: one level for each column, or each class on levels of its own.
        entropy, recursive, t: further models of sensitive columns, as in `Model`.
        k_map: people of a population in every class.
    """

    k: int
    l: Mapping[str, int]  # noqa: E741 - the field's name of the model
    max_suppressed_share: float
    levels_by: Literal["k", "all"]
    minors: MinorsRule | None
    max_records_per_person: int = 1
    sequence: tuple[str, ...] = ()
    recoding: Recoding = "full-domain"
    entropy: Mapping[str, float] = field(default_factory=dict)
    recursive: Mapping[str, Recursive] = field(default_factory=dict)
    t: Mapping[str, Closeness] = field(default_factory=dict)
    k_map: PopulationRule | None = None

    @property
    def model(self) -> Model:
        """The same as numbers for the search."""
        return Model(
            k=self.k,
            l=self.l,
            max_suppressed_share=self.max_suppressed_share,
            levels_by=self.levels_by,
            k_minors=None if self.minors is None else self.minors.k,
            entropy=self.entropy,
            recursive=self.recursive,
            t=self.t,
            k_map=None if self.k_map is None else self.k_map.k,
        )


@dataclass(frozen=True)
class ExtractPlan:
    """Everything the corridor needs to make one extract, decided before data is touched.

    Attributes:
        request: the canonical request, as the manifest repeats it.
        consent_needed: what a record must allow to be in this product.
        review: how many officers must approve before bytes leave.
        agreement_ends: last day on which the bytes may be downloaded, ISO date.
        retention_days: by when the partner must delete.
        fill: columns whose gaps a person's other records fill; None where the policy fills none.
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
    columns: tuple[ColumnPlan, ...]
    where: tuple[Filter, ...]
    protection: Protection
    consent_needed: ConsentLevel
    review: int
    retention_days: int
    format: str
    request: Mapping[str, Any]
    fill: tuple[str, ...] | None = None

    @property
    def redacted(self) -> tuple[ColumnPlan, ...]:
        """The columns of free text that leave redacted: with one, personal data leave."""
        return tuple(column for column in self.columns if column.redaction is not None)

    @property
    def least_reviews(self) -> int:
        """How many officers must approve: as the policy says, and more for redacted text."""
        kept = (column.redaction.keep for column in self.columns if column.redaction is not None)
        return max(self.review, *(OFFICERS[keep] for keep in kept), 0)


@dataclass(frozen=True)
class Permit:
    """The request may be answered, as the plan says."""

    plan: ExtractPlan


@dataclass(frozen=True)
class Refuse:
    """The request may not be answered; at least one reason."""

    reasons: tuple[Reason, ...]
