"""Who was shown the needs of those a class admitted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "needs_seen",
        sa.Column("class_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["classes.id"]),
        sa.PrimaryKeyConstraint("class_id", "person_id"),
    )
    op.create_index("ix_needs_seen_person_id", "needs_seen", ["person_id"])


def downgrade() -> None:
    op.drop_index("ix_needs_seen_person_id", "needs_seen")
    op.drop_table("needs_seen")
