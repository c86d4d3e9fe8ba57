"""Backbone teachers proposed, invited and answering; what a review is about.

Reviews written before propose nothing beside the class itself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LIVE = sa.text("state IN ('proposed', 'invited', 'accepted')")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column(
        "reviews",
        sa.Column("proposal", sa.JSON(), nullable=False, server_default="{}"),
    )
    op.create_table(
        "staffing_wishes",
        sa.Column("class_id", sa.Text(), nullable=False),
        sa.Column("lecturers", sa.Integer(), nullable=True),
        sa.Column("preferred", sa.JSON(), nullable=False),
        _key("staffing_wishes", "class_id", "classes.id"),
        sa.PrimaryKeyConstraint("class_id", name=op.f("pk_staffing_wishes")),
    )
    _create_engagements()
    op.create_table(
        "busy_days",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("roster_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        _key("busy_days", "roster_id", "roster.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_days")),
    )
    for column in ("person_id", "roster_id"):
        op.create_index(f"ix_busy_days_{column}", "busy_days", [column])


def _create_engagements() -> None:
    op.create_table(
        "engagements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ranking", sa.JSON(), nullable=False),
        _moment("proposed_at", nullable=False),
        _moment("invited_at"),
        _moment("reminded_at"),
        _moment("answered_at"),
        _key("engagements", "number", "numbers.number"),
        _key("engagements", "class_id", "classes.id"),
        _key("engagements", "roster_id", "roster.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagements")),
        sa.UniqueConstraint("number", name=op.f("uq_engagements_number")),
    )
    for column in ("person_id", "roster_id"):
        op.create_index(f"ix_engagements_{column}", "engagements", [column])
    for name, columns in (
        ("uq_engagements_place", ["class_id", "duty", "position"]),
        ("uq_engagements_teacher", ["class_id", "roster_id"]),
    ):
        op.create_index(
            name,
            "engagements",
            columns,
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        )


def downgrade() -> None:
    op.drop_table("busy_days")
    op.drop_table("engagements")
    op.drop_table("staffing_wishes")
    op.drop_column("reviews", "proposal")
