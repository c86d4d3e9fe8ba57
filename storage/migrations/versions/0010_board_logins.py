"""Browsers that look at the board, each confirmed in the chat by its person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_logins",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, server_default=""),
        sa.Column("browser", sa.Text(), nullable=False, server_default=""),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_board_logins_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_logins")),
    )
    op.create_index("ix_board_logins_person_id", "board_logins", ["person_id"])
    op.create_index("ix_board_logins_expires_at", "board_logins", ["expires_at"])


def downgrade() -> None:
    op.drop_table("board_logins")
