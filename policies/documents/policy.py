"""A policy file: what one class of partner may get from one dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from anonymizers.partitions import Recoding
from policies.documents.aggregates import AggregateDocument
from policies.documents.base import (
    Choice,
    Classes,
    Count,
    Document,
    Flag,
    Kebab,
    Kebabs,
    Nothing,
    ProblemsError,
    Share,
    Text,
    Texts,
    Whole,
    check_unique,
)
from policies.documents.models import ClosenessDocument, DiversityDocument, PopulationRule
from policies.documents.reading import Source, read_document, read_mapping
from policies.documents.transforms import (
    CountRule,
    GroupRule,
    LimitRule,
    MicroaggregateRule,
    NoiseRule,
    RandomizeRule,
    RoundRule,
    SetsRule,
    ShiftDatesRule,
    SplitRule,
    SwapRule,
    TransformRule,
)
from policies.plans import Epoch, TextLanguage, Tokens
from policies.reasons import Reason

ACTIONS = (
    *("keep", "drop", "coarsen", "pseudonymize", "redact"),
    *("round", "limit", "noise", "shift_dates", "microaggregate", "swap", "randomize"),
    *("sets", "split", "group", "count"),
)


class CoarsenRule(Document):
    """How far along its ladder a column may and must be coarsened.

    Attributes:
        floor: finest level that may leave (`from`); None is the ladder's finest.
        ceiling: coarsest level that is still useful (`to`).
        min_population: people who must live in a place before it is named.
    """

    floor: Text | None = Field(default=None, alias="from")
    ceiling: Text = Field(default="*", alias="to")
    min_population: Count | None = None


class PseudonymizeRule(Document):
    """How long one person keeps one token, and whether it is derived from the identifier.

    Attributes:
        tokens: `derived` by a key, or random and `vaulted`: kept in a file of their own.
    """

    epoch: Epoch = "agreement"
    tokens: Tokens = "derived"


class RedactRule(Document):
    """What stays of a free text.

    Attributes:
        languages: whose everyday words may stay.
        keep: `listed` words alone; `unfound`: all that no recognizer found, which takes the
            extra `text` and trusts what was measured.
    """

    languages: Annotated[tuple[TextLanguage, ...], AfterValidator(check_unique)] = ("en", "es")
    keep: Literal["listed", "unfound"] = "listed"

    @model_validator(mode="after")
    def _check(self) -> RedactRule:
        if not self.languages:
            raise ProblemsError(Reason("must-not-be-empty", {"path": "languages"}))
        return self


class ColumnRule(Choice):
    """What happens to one column: exactly one of `ACTIONS`."""

    choices: ClassVar[tuple[str, ...]] = ACTIONS
    keep: Nothing | None = None
    drop: Nothing | None = None
    coarsen: CoarsenRule | None = None
    pseudonymize: PseudonymizeRule | None = None
    redact: RedactRule | None = None
    round: RoundRule | None = None
    limit: LimitRule | None = None
    noise: NoiseRule | None = None
    shift_dates: ShiftDatesRule | None = None
    microaggregate: MicroaggregateRule | None = None
    swap: SwapRule | None = None
    sets: SetsRule | None = None
    split: SplitRule | None = None
    group: GroupRule | None = None
    count: CountRule | None = None
    randomize: RandomizeRule | None = None

    @property
    def action(self) -> str:
        """Which of `ACTIONS` it is."""
        return self.chosen

    @property
    def change(self) -> TransformRule | None:
        """The rule of the transform, where it is one."""
        rule = getattr(self, self.action)
        return rule if isinstance(rule, TransformRule) else None


class MinorsDocument(Document):
    """Stricter protection of minors, and of people whose age is unknown.

    Attributes:
        below: first age that counts as adult.
        k: people in every class that holds a minor.
        drop: true leaves minors and unknown ages out altogether.
    """

    column: Text
    below: Count = 18
    k: Count | None = None
    drop: Flag | None = None

    @model_validator(mode="after")
    def _check(self) -> MinorsDocument:
        if (self.k is None) == (self.drop is not True):
            raise ProblemsError(Reason("exactly-one-of", {"path": "", "allowed": "k, drop: true"}))
        return self


class ProtectDocument(Document):
    """The privacy models that every extract under the policy satisfies.

    Attributes:
        k: people in every equivalence class.
        l: how many different values of a sensitive column every class has.
        t: how far a class's values may be from everybody's.
        k_map: people of a population who look like every class.
        max_suppressed: share of people that the choice of levels may leave out, 0 to 1. It binds
            the search under k (with `levels_by: all` under every model); what l and t leave out
            afterwards is counted and warned of, and never refuses a release.
    """

    k: Count
    l: Mapping[Text, DiversityDocument] = Field(default_factory=dict)  # noqa: E741 - the model's name
    t: Mapping[Text, ClosenessDocument] = Field(default_factory=dict)
    k_map: PopulationRule | None = None
    max_suppressed: Share = 0.05
    recoding: Recoding = "full-domain"
    levels_by: Literal["k", "all"] = "k"


class ExtractDocument(Document):
    """The row-level part of a policy; a column it doesn't name doesn't leave.

    Attributes:
        fill: columns whose gaps other records of the same person may fill, where all that may be
            in the extract and say something agree; none without being named.
    """

    columns: Annotated[Mapping[Text, ColumnRule], Field(min_length=1)]
    max_records_per_person: Count = 1
    sequence: Texts = ()
    minors: MinorsDocument | None = None
    fill: Texts = ()
    protect: ProtectDocument


class ReviewDocument(Document):
    """How many officers must approve before bytes leave."""

    extract: Annotated[Whole, Field(ge=0)] = 0
    aggregate: Annotated[Whole, Field(ge=0)] = 0


class PolicyDocument(Document):
    """What one class of partner may get from one dataset, for which purposes."""

    policy: Kebab
    dataset: Kebab
    classes: Annotated[Classes, Field(min_length=1)]
    purposes: Annotated[Kebabs, Field(min_length=1)]
    extract: ExtractDocument | None = None
    aggregate: AggregateDocument | None = None
    review: ReviewDocument = ReviewDocument()
    retention_days: Count = 365

    @model_validator(mode="after")
    def _check(self) -> PolicyDocument:
        if self.extract is None and self.aggregate is None:
            raise ProblemsError(Reason("policy-gives-nothing", {"path": ""}))
        return self


def parse_policy(source: Source) -> PolicyDocument:
    """Return the policy; raises DocumentError with all problems at once."""
    return read_document(PolicyDocument, read_mapping(source))
