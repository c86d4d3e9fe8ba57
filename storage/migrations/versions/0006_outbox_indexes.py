"""Indexes of the outbox that hold only what is looked for by them.

A notice to very many writes each row three times; an index that holds the row
is written as often.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_GIVEN = ("notice_id", "draft_id", "class_id", "platform_message_id")


def _partial(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "outbox", columns, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    for column in _GIVEN:
        op.drop_index(f"ix_outbox_{column}", "outbox")
        _partial(f"ix_outbox_{column}", [column], f"{column} IS NOT NULL")
    op.drop_index("ix_outbox_due", "outbox")
    _partial("ix_outbox_due", ["channel", "urgency", "not_before"], "state = 'waiting'")
    _partial("ix_outbox_leased", ["lease_owner"], "state = 'leased'")
    _partial(
        "ix_outbox_expiring",
        ["expires_at"],
        "state IN ('waiting', 'held') AND expires_at IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_expiring", "outbox")
    op.drop_index("ix_outbox_leased", "outbox")
    op.drop_index("ix_outbox_due", "outbox")
    op.create_index(
        "ix_outbox_due", "outbox", ["state", "channel", "urgency", "not_before"]
    )
    for column in _GIVEN:
        op.drop_index(f"ix_outbox_{column}", "outbox")
        op.create_index(f"ix_outbox_{column}", "outbox", [column])
