"""Submissions of contributors, and the recipes that map them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Let a submission wait for decisions, and keep recipes."""
    _create_recipe_version()
    for column in (
        sa.Column("dry_run", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("recipe_id", sa.String(), nullable=True),
        sa.Column("labels", sa.Text(), server_default="{}", nullable=False),
        sa.Column("sealed_upload", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_pending", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("submission", column)


def _create_recipe_version() -> None:
    op.create_table(
        "recipe_version",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contributor", sa.String(), nullable=False),
        sa.Column("recipe", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("declared_at", sa.String(), nullable=False),
        sa.Column("sealed_document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contributor", "recipe", "version"),
    )
    op.create_index("ix_recipe_version_contributor", "recipe_version", ["contributor"])
    op.create_index("ix_recipe_version_dataset", "recipe_version", ["dataset"])
