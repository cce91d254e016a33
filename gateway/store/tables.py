"""The store's tables: what was declared, asked, released, logged. Never a protected value.

Times are RFC 3339 text in UTC with microseconds, so that they sort as text in every database.
Columns named `sealed_*` hold AES-256-GCM ciphertext under the store's data key, bound to their
table, row and column; they hold what a reader of the database file must not see (filters,
reports, entries and their salts, content keys).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    LargeBinary,
    Text,
    UniqueConstraint,
    false,
)
from sqlmodel import Field, SQLModel


class DatasetRow(SQLModel, table=True):
    """A declared dataset; the newest declaration of a name is the active one."""

    __tablename__ = "dataset_version"
    sha256: str = Field(primary_key=True, max_length=64)
    dataset: str = Field(index=True)
    document: str = Field(sa_column=Column(Text, nullable=False))
    declared_at: str
    active: bool = True


class PolicyRow(SQLModel, table=True):
    """A policy version, addressed by the hash of its content."""

    __tablename__ = "policy_version"
    sha256: str = Field(primary_key=True, max_length=64)
    policy: str = Field(index=True)
    dataset: str = Field(index=True)
    document: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(description="draft, active, retired or refused")
    declared_at: str


class PartnerRow(SQLModel, table=True):
    """A partner with its public keys and agreements."""

    __tablename__ = "partner"
    partner: str = Field(primary_key=True)
    sha256: str = Field(max_length=64)
    document: str = Field(sa_column=Column(Text, nullable=False))
    suspended: bool = False
    declared_at: str


class Submission(SQLModel, table=True):
    """One load of data and what became of it; what it says of values is sealed."""

    __tablename__ = "submission"
    id: str = Field(primary_key=True)
    dataset: str = Field(index=True)
    contributor: str = Field(description="partner, or empty for the operator")
    source_sha256: str = Field(index=True, max_length=64)
    mode: str = Field(description="append or replace")
    state: str = Field(
        description="receiving, received, checked, needs_decision, accepted, refused, failed; "
        "then replaced or withdrawn; repeated (an earlier one, sent again), cancelled"
    )
    sequence: int = Field(unique=True)
    snapshot: int | None = None
    received_at: str
    settled_at: str | None = None
    dry_run: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    recipe_id: str | None = Field(default=None, description="the version it was mapped by")
    labels: str = Field(
        sa_column=Column(Text, nullable=False, server_default="{}"),
        default="{}",
        description="JSON of SubmissionLabels",
    )
    sealed_upload: bytes | None = Field(
        default=None,
        sa_column=Column(LargeBinary),
        description="as `submission:<id>:upload`: its files' names and key; gone once settled",
    )
    sealed_report: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary), description="as `submission:<id>:report`"
    )
    sealed_pending: bytes | None = Field(
        default=None,
        sa_column=Column(LargeBinary),
        description="as `submission:<id>:pending`: values for its contributor to decide about; "
        "gone once settled",
    )


class RecipeRow(SQLModel, table=True):
    """A version of a contributor's recipe; the newest of a name is the active one."""

    __tablename__ = "recipe_version"
    __table_args__ = (UniqueConstraint("contributor", "recipe", "version"),)
    id: str = Field(primary_key=True, description="rcp_...")
    contributor: str = Field(index=True, description="partner, or empty for the operator")
    recipe: str
    version: int
    dataset: str = Field(index=True)
    declared_at: str
    sealed_document: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False),
        description="as `recipe:<id>:document`: a table of codes may hold what a file said",
    )


class Extract(SQLModel, table=True):
    """A partner's request for records and what became of it."""

    __tablename__ = "extract"
    id: str = Field(primary_key=True)
    partner: str = Field(index=True)
    dataset: str = Field(index=True)
    agreement: str
    policy_sha256: str = Field(max_length=64)
    dataset_sha256: str = Field(max_length=64)
    snapshot: int
    fingerprint: str = Field(
        index=True, description="keyed hash of all that decides the bytes, format included"
    )
    basis: str = Field(description="keyed hash of what the request decides, format aside")
    view: str | None = Field(
        default=None, description="keyed hash of what came out of it, format aside"
    )
    live: str | None = Field(
        default=None, unique=True, description="the fingerprint while the request is in force"
    )
    format: str
    state: str = Field(index=True)
    progress: float = 0.0
    reasons: str = Field(default="[]", description="JSON, for the partner", sa_type=Text)
    reviews_needed: int = 0
    requested_at: str
    updated_at: str
    expires_at: str | None = None
    sealed_request: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_outcome: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class ReviewVote(SQLModel, table=True):
    """One officer's decision on one extract."""

    __tablename__ = "review_vote"
    __table_args__ = (UniqueConstraint("extract_id", "officer"),)
    id: int | None = Field(default=None, primary_key=True)
    extract_id: str = Field(foreign_key="extract.id", index=True)
    officer: str
    verdict: str = Field(description="approve or refuse")
    voted_at: str
    sealed_reason: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PolicyVote(SQLModel, table=True):
    """One officer's decision on one draft of a policy."""

    __tablename__ = "policy_vote"
    policy_sha256: str = Field(primary_key=True, max_length=64, foreign_key="policy_version.sha256")
    officer: str = Field(primary_key=True)
    voted_at: str
    sealed_reason: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Aggregate(SQLModel, table=True):
    """A partner's question in numbers, and the answer that it was given."""

    __tablename__ = "aggregate"
    id: str = Field(primary_key=True, description="agg_...")
    partner: str = Field(index=True)
    dataset: str = Field(index=True)
    agreement: str
    policy_sha256: str = Field(max_length=64)
    dataset_sha256: str = Field(max_length=64)
    snapshot: int
    fingerprint: str = Field(unique=True, description="keyed hash of the whole request")
    components: str = Field(
        sa_column=Column(Text, nullable=False),
        description="JSON: the fingerprints of the answers that it is made of",
    )
    state: str = Field(index=True, description="reserved or settled")
    requested_at: str
    sealed_request: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False), description="as `aggregate:<id>:request`"
    )
    sealed_content: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary), description="as `aggregate:<id>:content`"
    )


class AggregateAnswer(SQLModel, table=True):
    """One component's noisy values, drawn once and given to everybody who asks for them."""

    __tablename__ = "aggregate_answer"
    fingerprint: str = Field(primary_key=True, description="keyed hash of the component")
    dataset: str = Field(index=True)
    snapshot: int
    state: str = Field(description="reserved or settled")
    reserved_at: str
    settled_at: str | None = None
    sealed_values: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary), description="as `answer:<fingerprint>:values`"
    )


class BudgetCap(SQLModel, table=True):
    """What was spent under one cap, in the units of `anonymizers.accounting.charges`."""

    __tablename__ = "budget_cap"
    id: str = Field(primary_key=True)
    kind: str = Field(description="dataset, contributor, partner or purpose")
    subject: str = Field(index=True, description="whose people: the dataset, or its budget group")
    epsilon: int = Field(default=0, sa_type=BigInteger)
    rho: int = Field(default=0, sa_type=BigInteger)
    delta: int = Field(default=0, sa_type=BigInteger)
    mixed: bool = Field(default=False, description="whether anything not pure was charged")


class BudgetCharge(SQLModel, table=True):
    """What one component cost one cap; nothing is ever taken back."""

    __tablename__ = "budget_charge"
    component: str = Field(primary_key=True, description="the fingerprint of its answer")
    cap_id: str = Field(primary_key=True, foreign_key="budget_cap.id", index=True)
    epsilon: int = Field(sa_type=BigInteger)
    rho: int = Field(sa_type=BigInteger)
    delta: int = Field(sa_type=BigInteger)
    pure: bool
    charged_at: str
    settled: bool = Field(description="whether the answer was drawn and kept")


class BudgetPeriod(SQLModel, table=True):
    """A further period of a budget, opened by two officers; the first one is never a row."""

    __tablename__ = "budget_period"
    subject: str = Field(primary_key=True, description="the dataset, or its budget group")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    opened_at: str
    officers: str = Field(sa_column=Column(Text, nullable=False), description="JSON: two names")
    sealed_reason: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False),
        description="as `period:<subject>:<number>:reason`",
    )


class Release(SQLModel, table=True):
    """What left, settled in one transaction with its entry in the audit log.

    It is made of an extract or of an aggregate. An aggregate's content is sealed in its own row;
    the two keys stay empty then.
    """

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("(extract_id IS NULL) <> (aggregate_id IS NULL)", name="made_of_one"),
    )
    id: str = Field(primary_key=True)
    extract_id: str | None = Field(default=None, foreign_key="extract.id", unique=True)
    aggregate_id: str | None = Field(default=None, foreign_key="aggregate.id", unique=True)
    partner: str = Field(index=True)
    dataset: str = Field(index=True)
    entry_index: int = Field(unique=True)
    settled_at: str
    published: bool = False
    delete_by: str
    download_until: str
    first_consent_end: str | None = None
    checked_basis: str = Field(description="keyed hash of what consent was last judged on")
    sealed_manifest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed_content_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    sealed_classes_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class LogHead(SQLModel, table=True):
    """One row: the size of the log. Appending locks it, so that indexes are never shared."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1"),)
    id: int = Field(default=1, primary_key=True)
    size: int = 0


class LogLeaf(SQLModel, table=True):
    """One leaf of the audit log: the public commitment and, sealed, what it commits to."""

    __tablename__ = "log_leaf"
    index: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    type: str = Field(index=True)
    subject: str = Field(index=True, description="the entry's id")
    sealed_entry: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class LogNode(SQLModel, table=True):
    """The hash of a complete subtree: 2^level leaves from index * 2^level on."""

    __tablename__ = "log_node"
    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    index: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LogCheckpoint(SQLModel, table=True):
    """A signed checkpoint that was published."""

    __tablename__ = "log_checkpoint"
    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    note: str = Field(sa_column=Column(Text, nullable=False))
    signed_at: str


class AssertionSeen(SQLModel, table=True):
    """A client assertion's id, so that it works once on every worker."""

    __tablename__ = "assertion_seen"
    client: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires_at: int = Field(sa_type=BigInteger)


class IdempotentAnswer(SQLModel, table=True):
    """The answer to a POST, kept under its key, bound to client and body."""

    __tablename__ = "idempotent_answer"
    client: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_sha256: str = Field(max_length=64)
    status: int | None = None
    sealed_answer: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: str
