"""Withdrawals, the releases that held what they name, erasures, and the backups they reach."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Let contributors take back what they gave."""
    _create_withdrawal()
    _create_withdrawal_release()
    _create_erasure()
    _create_backup_file()


def _create_withdrawal() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contributor", sa.String(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Integer(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.String(), nullable=True),
        sa.Column("followed_at", sa.String(), nullable=True),
        sa.Column("erased_at", sa.String(), nullable=True),
        sa.Column("officer", sa.String(), nullable=True),
        sa.Column("decided_sequence", sa.Integer(), nullable=True),
        sa.Column("sealed_target", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_roots", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sequence"),
        sa.UniqueConstraint("decided_sequence"),
    )
    for column in ("contributor", "dataset", "state"):
        op.create_index(f"ix_withdrawal_{column}", "withdrawal", [column])


def _create_withdrawal_release() -> None:
    op.create_table(
        "withdrawal_release",
        sa.Column("withdrawal_id", sa.String(), nullable=False),
        sa.Column("release_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["withdrawal_id"], ["withdrawal.id"]),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"]),
        sa.PrimaryKeyConstraint("withdrawal_id", "release_id"),
    )
    op.create_index("ix_withdrawal_release_release_id", "withdrawal_release", ["release_id"])


def _create_erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("begun_at", sa.String(), nullable=False),
        sa.Column("done_at", sa.String(), nullable=True),
        sa.Column("oldest_snapshot", sa.Integer(), nullable=True),
        sa.Column("marks", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_erasure_begun_at", "erasure", ["begun_at"])


def _create_backup_file() -> None:
    op.create_table(
        "backup_file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("deleted_at", sa.String(), nullable=True),
        sa.Column("missed_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_backup_file_made_at", "backup_file", ["made_at"])
