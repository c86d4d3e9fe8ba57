"""Backbone teachers for a class: wished for, proposed, invited, and when they cannot."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from storage.tables.metadata import metadata
from storage.tables.types import Instant

_LIVE = text("state IN ('proposed', 'invited', 'accepted')")

# What a base says of the backbone teachers of its class before they are invited.
wishes = Table(
    "staffing_wishes",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), primary_key=True),
    # How many 授课 there shall be; empty for the usual number.
    Column("lecturers", Integer),
    # The roster ids of 授课 that the base prefers, as a JSON list.
    Column("preferred", JSON, nullable=False),
)

# One backbone teacher for one place in one class, from the proposal to the answer.
engagements = Table(
    "engagements",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "number", Integer, ForeignKey("numbers.number"), nullable=False, unique=True
    ),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    # lecturer (授课) or assessor (考核), and which of them
    Column("duty", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("roster_id", Text, ForeignKey("roster.id"), nullable=False, index=True),
    # Who was invited; empty until then.
    Column("person_id", Text, index=True),
    # One of proposed, invited, accepted, refused, lapsed, withdrawn
    Column("state", Text, nullable=False),
    # Why it was refused or withdrawn, in somebody's own words.
    Column("reason_sealed", LargeBinary),
    # Why it was proposed: rules with their facts, as a JSON list.
    Column("ranking", JSON, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("invited_at", Instant),
    Column("reminded_at", Instant),
    Column("answered_at", Instant),
    Index(
        "uq_engagements_place",
        "class_id",
        "duty",
        "position",
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
    Index(
        "uq_engagements_teacher",
        "class_id",
        "roster_id",
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
)

# Days on which a backbone teacher said they cannot.
busy_days = Table(
    "busy_days",
    metadata,
    Column("id", Text, primary_key=True),
    Column("roster_id", Text, ForeignKey("roster.id"), nullable=False, index=True),
    Column("person_id", Text, nullable=False, index=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
)
