"""Seats, attendance, leave, scores and works of classes that run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_CURRENT = sa.text("state = 'current'")


def _class() -> sa.Column[str]:
    return sa.Column("class_id", sa.Text, sa.ForeignKey("classes.id"), nullable=False)


def _person() -> sa.Column[str]:
    return sa.Column("person_id", sa.Text, nullable=False)


def upgrade() -> None:
    op.create_table(
        "seats",
        _class(),
        _person(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("class_id", "person_id"),
        sa.UniqueConstraint("class_id", "number"),
    )
    op.create_table(
        "rolls",
        _class(),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Text),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("class_id", "day"),
    )
    op.create_table(
        "attendance",
        _class(),
        sa.Column("day", sa.Date, nullable=False),
        _person(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("class_id", "day", "person_id", "kind"),
    )
    op.create_table(
        "leaves",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "number",
            sa.Integer,
            sa.ForeignKey("numbers.number"),
            nullable=False,
            unique=True,
        ),
        _class(),
        _person(),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary),
        sa.Column("answer_sealed", sa.LargeBinary),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("decided_at", _INSTANT),
        sa.Column("decided_by", sa.Text),
    )
    op.create_table(
        "scores",
        sa.Column("id", sa.Text, primary_key=True),
        _class(),
        _person(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("scorer_id", sa.Text),
        sa.Column("roster_id", sa.Text, sa.ForeignKey("roster.id")),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_table(
        "works",
        sa.Column("id", sa.Text, primary_key=True),
        _class(),
        _person(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("file_id", sa.Text),
        sa.Column("text_sealed", sa.LargeBinary),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_table(
        "work_days",
        sa.Column("class_id", sa.Text, sa.ForeignKey("classes.id"), primary_key=True),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("created_by", sa.Text),
        sa.Column("at", _INSTANT, nullable=False),
    )
    _indexes()


def _indexes() -> None:
    for table in ("seats", "attendance", "leaves", "scores", "works"):
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    for table in ("leaves", "works"):
        op.create_index(f"ix_{table}_class_id", table, ["class_id"])
    op.create_index("ix_scores_scorer_id", "scores", ["scorer_id"])
    op.create_index("ix_scores_class", "scores", ["class_id", "kind"])
    op.create_index(
        "uq_scores_current",
        "scores",
        ["class_id", "person_id", "kind", "attempt", "scorer_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )


def downgrade() -> None:
    for table in (
        "work_days",
        "works",
        "scores",
        "leaves",
        "attendance",
        "rolls",
        "seats",
    ):
        op.drop_table(table)
