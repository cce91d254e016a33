"""Aggregates: questions, kept answers, budgets; and releases that are made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of aggregates, and let a release be one's."""
    _create_aggregate()
    _create_aggregate_answer()
    _create_budget_cap()
    _create_budget_charge()
    _create_budget_period()
    _release_aggregates()


def _create_aggregate() -> None:
    op.create_table(
        "aggregate",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("partner", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("policy_sha256", sa.String(length=64), nullable=False),
        sa.Column("dataset_sha256", sa.String(length=64), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("components", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_at", sa.String(), nullable=False),
        sa.Column("sealed_request", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index("ix_aggregate_dataset", "aggregate", ["dataset"], unique=False)
    op.create_index("ix_aggregate_partner", "aggregate", ["partner"], unique=False)
    op.create_index("ix_aggregate_state", "aggregate", ["state"], unique=False)


def _create_aggregate_answer() -> None:
    op.create_table(
        "aggregate_answer",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reserved_at", sa.String(), nullable=False),
        sa.Column("settled_at", sa.String(), nullable=True),
        sa.Column("sealed_values", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_index("ix_aggregate_answer_dataset", "aggregate_answer", ["dataset"], unique=False)


def _create_budget_cap() -> None:
    op.create_table(
        "budget_cap",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("epsilon", sa.BigInteger(), nullable=False),
        sa.Column("rho", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("mixed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_budget_cap_subject", "budget_cap", ["subject"], unique=False)


def _create_budget_charge() -> None:
    op.create_table(
        "budget_charge",
        sa.Column("component", sa.String(), nullable=False),
        sa.Column("cap_id", sa.String(), nullable=False),
        sa.Column("epsilon", sa.BigInteger(), nullable=False),
        sa.Column("rho", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("pure", sa.Boolean(), nullable=False),
        sa.Column("charged_at", sa.String(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["cap_id"], ["budget_cap.id"]),
        sa.PrimaryKeyConstraint("component", "cap_id"),
    )
    op.create_index("ix_budget_charge_cap_id", "budget_charge", ["cap_id"], unique=False)


def _create_budget_period() -> None:
    op.create_table(
        "budget_period",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("officers", sa.Text(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "number"),
    )


def _release_aggregates() -> None:
    """Let a release name an aggregate in an extract's place; SQLite rebuilds the table."""
    with op.batch_alter_table("release") as release:
        release.alter_column("extract_id", existing_type=sa.String(), nullable=True)
        release.add_column(sa.Column("aggregate_id", sa.String(), nullable=True))
        release.create_foreign_key("release_aggregate", "aggregate", ["aggregate_id"], ["id"])
        release.create_unique_constraint("release_aggregate_once", ["aggregate_id"])
        release.create_check_constraint(
            "made_of_one", "(extract_id IS NULL) <> (aggregate_id IS NULL)"
        )
