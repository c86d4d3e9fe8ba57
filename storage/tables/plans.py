"""What institutions plan for a half year (培训信息报送): calls, items, submissions."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from storage.tables.metadata import metadata
from storage.tables.types import Instant

# The centre's call for a half year, and the national information it led to.
calls = Table(
    "plan_calls",
    metadata,
    # The half year of the training: 2027-1, 2027-2
    Column("period", Text, primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("created_by", Text),
    Column("called_at", Instant, nullable=False),
    # The notice with the national information, once it is drafted.
    Column("notice_id", Text, ForeignKey("notices.id"), index=True),
    Column("published_at", Instant),
)

# What a base hands in at once, for its province to review.
submissions = Table(
    "plan_submissions",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "number", Integer, ForeignKey("numbers.number"), nullable=False, unique=True
    ),
    # One of plan, addition (增补), adjustment (调整)
    Column("kind", Text, nullable=False),
    Column("institution_id", Text, ForeignKey("institutions.scope_id"), nullable=False),
    Column("period", Text, nullable=False),
    # The subject of the dated step that it is about.
    Column("subject", Text, nullable=False, index=True),
    # waiting, approved, returned, withdrawn (taken back by the base)
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("created_by", Text),
    Column("submitted_at", Instant, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Index("ix_plan_submissions_of", "institution_id", "period"),
    Index(
        "uq_plan_submissions_waiting",
        "institution_id",
        "period",
        unique=True,
        sqlite_where=text("kind = 'plan' AND state = 'waiting'"),
        postgresql_where=text("kind = 'plan' AND state = 'waiting'"),
    ),
)

# One class that is planned.
items = Table(
    "plan_items",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "number", Integer, ForeignKey("numbers.number"), nullable=False, unique=True
    ),
    Column("institution_id", Text, ForeignKey("institutions.scope_id"), nullable=False),
    Column("period", Text, nullable=False),
    # plan, addition, adjustment: how it came about
    Column("kind", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("major", Text, nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("headcount", Integer, nullable=False),
    # Provinces whose teachers may apply, as a JSON list of scope ids; [] = all.
    Column("recruits_from", JSON, nullable=False),
    # One of draft, waiting, returned, approved, published, replaced, dropped
    Column("state", Text, nullable=False),
    # The item whose place it takes once it is approved.
    Column("replaces", Text, ForeignKey("plan_items.id"), index=True),
    Column("submission_id", Text, ForeignKey("plan_submissions.id"), index=True),
    # The class that was opened from it.
    Column("class_id", Text, ForeignKey("classes.id"), index=True),
    # Why it will not be held; empty while it will.
    Column("not_held", Text, nullable=False, default=""),
    # What the province would rather have, by column; empty when nothing.
    Column("proposed", JSON, nullable=False),
    Column("created_by", Text),
    Column("created_at", Instant, nullable=False),
    Index("ix_plan_items_of", "institution_id", "period"),
    Index("ix_plan_items_period", "period", "state"),
)
