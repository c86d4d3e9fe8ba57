"""Plans of a half year: calls, what bases hand in, and the classes they plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WAITING = sa.text("kind = 'plan' AND state = 'waiting'")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "plan_calls",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        _moment("called_at", nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=True),
        _moment("published_at"),
        _key("plan_calls", "notice_id", "notices.id"),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_plan_calls")),
    )
    op.create_index("ix_plan_calls_notice_id", "plan_calls", ["notice_id"])
    op.create_table(
        "plan_submissions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        _moment("submitted_at", nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        _moment("decided_at"),
        _key("plan_submissions", "number", "numbers.number"),
        _key("plan_submissions", "institution_id", "institutions.scope_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_submissions")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_submissions_number")),
    )
    op.create_index("ix_plan_submissions_subject", "plan_submissions", ["subject"])
    op.create_index(
        "ix_plan_submissions_of", "plan_submissions", ["institution_id", "period"]
    )
    op.create_index(
        "uq_plan_submissions_waiting",
        "plan_submissions",
        ["institution_id", "period"],
        unique=True,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    _create_items()
    op.add_column("classes", sa.Column("plan_item_id", sa.Text(), nullable=True))
    op.create_index("ix_classes_plan_item_id", "classes", ["plan_item_id"])


def _create_items() -> None:
    op.create_table(
        "plan_items",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("major", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("recruits_from", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=True),
        sa.Column("submission_id", sa.Text(), nullable=True),
        sa.Column("class_id", sa.Text(), nullable=True),
        sa.Column("not_held", sa.Text(), nullable=False),
        sa.Column("proposed", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        _moment("created_at", nullable=False),
        _key("plan_items", "number", "numbers.number"),
        _key("plan_items", "institution_id", "institutions.scope_id"),
        _key("plan_items", "replaces", "plan_items.id"),
        _key("plan_items", "submission_id", "plan_submissions.id"),
        _key("plan_items", "class_id", "classes.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_items")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_items_number")),
    )
    for column in ("replaces", "submission_id", "class_id"):
        op.create_index(f"ix_plan_items_{column}", "plan_items", [column])
    op.create_index("ix_plan_items_of", "plan_items", ["institution_id", "period"])
    op.create_index("ix_plan_items_period", "plan_items", ["period", "state"])


def downgrade() -> None:
    op.drop_index("ix_classes_plan_item_id", "classes")
    op.drop_column("classes", "plan_item_id")
    op.drop_table("plan_items")
    op.drop_table("plan_submissions")
    op.drop_table("plan_calls")
