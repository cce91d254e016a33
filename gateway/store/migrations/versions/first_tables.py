"""The first tables: declarations, extracts, releases, the log, and what HTTP remembers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table, parents before the tables that refer to them."""
    _create_assertion_seen()
    _create_dataset_version()
    _create_extract()
    _create_idempotent_answer()
    _create_log_checkpoint()
    _create_log_head()
    _create_log_leaf()
    _create_log_node()
    _create_partner()
    _create_policy_version()
    _create_policy_vote()
    _create_submission()
    _create_release()
    _create_review_vote()


def _create_assertion_seen() -> None:
    op.create_table(
        "assertion_seen",
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client", "jti"),
    )


def _create_dataset_version() -> None:
    op.create_table(
        "dataset_version",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("ix_dataset_version_dataset", "dataset_version", ["dataset"], unique=False)


def _create_extract() -> None:
    op.create_table(
        "extract",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("policy_sha256", sa.String(length=64), nullable=False),
        sa.Column("dataset_sha256", sa.String(length=64), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=True),
        sa.Column("live", sa.String(), nullable=True),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("reviews_needed", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=True),
        sa.Column("sealed_request", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_outcome", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live"),
    )
    op.create_index("ix_extract_dataset", "extract", ["dataset"], unique=False)
    op.create_index("ix_extract_fingerprint", "extract", ["fingerprint"], unique=False)
    op.create_index("ix_extract_partner", "extract", ["partner"], unique=False)
    op.create_index("ix_extract_state", "extract", ["state"], unique=False)


def _create_idempotent_answer() -> None:
    op.create_table(
        "idempotent_answer",
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("client", "key"),
    )


def _create_log_checkpoint() -> None:
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )


def _create_log_head() -> None:
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1"),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_log_leaf() -> None:
    op.create_table(
        "log_leaf",
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed_entry", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_index("ix_log_leaf_subject", "log_leaf", ["subject"], unique=False)
    op.create_index("ix_log_leaf_type", "log_leaf", ["type"], unique=False)


def _create_log_node() -> None:
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "index"),
    )


def _create_partner() -> None:
    op.create_table(
        "partner",
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("declared_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("partner"),
    )


def _create_policy_version() -> None:
    op.create_table(
        "policy_version",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("declared_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("ix_policy_version_dataset", "policy_version", ["dataset"], unique=False)
    op.create_index("ix_policy_version_policy", "policy_version", ["policy"], unique=False)


def _create_policy_vote() -> None:
    op.create_table(
        "policy_vote",
        sa.Column("policy_sha256", sa.String(length=64), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("voted_at", sa.String(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_sha256"],
            ["policy_version.sha256"],
        ),
        sa.PrimaryKeyConstraint("policy_sha256", "officer"),
    )


def _create_submission() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("contributor", sa.String(), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.Column("settled_at", sa.String(), nullable=True),
        sa.Column("sealed_report", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sequence"),
    )
    op.create_index("ix_submission_dataset", "submission", ["dataset"], unique=False)
    op.create_index("ix_submission_source_sha256", "submission", ["source_sha256"], unique=False)


def _create_release() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("extract_id", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("entry_index", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.String(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("delete_by", sa.String(), nullable=False),
        sa.Column("download_until", sa.String(), nullable=False),
        sa.Column("first_consent_end", sa.String(), nullable=True),
        sa.Column("checked_basis", sa.String(), nullable=False),
        sa.Column("sealed_manifest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_content_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_classes_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["extract_id"],
            ["extract.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("entry_index"),
        sa.UniqueConstraint("extract_id"),
    )
    op.create_index("ix_release_dataset", "release", ["dataset"], unique=False)
    op.create_index("ix_release_partner", "release", ["partner"], unique=False)


def _create_review_vote() -> None:
    op.create_table(
        "review_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("extract_id", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("voted_at", sa.String(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["extract_id"],
            ["extract.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("extract_id", "officer"),
    )
    op.create_index("ix_review_vote_extract_id", "review_vote", ["extract_id"], unique=False)
