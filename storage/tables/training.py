"""A class while it runs: its seats, who was there, and how each was scored."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.metadata import metadata
from storage.tables.types import Instant

# The number a teacher has in class, given once: 1号85 means the same for ever.
seats = Table(
    "seats",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("person_id", Text, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("class_id", "person_id"),
    UniqueConstraint("class_id", "number"),
)

# One row for each day on which the roll of a class was called.
rolls = Table(
    "rolls",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("day", Date, nullable=False),
    # How many 课时 the day had.
    Column("hours", Integer, nullable=False),
    Column("created_by", Text),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("class_id", "day"),
)

# Who was not there, or not all the time; everybody else of the class was.
attendance = Table(
    "attendance",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("person_id", Text, nullable=False, index=True),
    # leave, absent, late, early
    Column("kind", Text, nullable=False),
    # 课时 of leave and absence; how many times, of late and early.
    Column("hours", Integer, nullable=False),
    PrimaryKeyConstraint("class_id", "day", "person_id", "kind"),
)

leaves = Table(
    "leaves",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "number", Integer, ForeignKey("numbers.number"), nullable=False, unique=True
    ),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False, index=True),
    Column("person_id", Text, nullable=False, index=True),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    # 课时 on each of the days.
    Column("hours", Integer, nullable=False),
    # waiting, granted, refused, withdrawn
    Column("state", Text, nullable=False),
    # Why the teacher asks; and why it was refused.
    Column("reason_sealed", LargeBinary),
    Column("answer_sealed", LargeBinary),
    Column("asked_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", Text),
)

# Points by one scorer for one attempt. A correction adds a row and keeps the old.
scores = Table(
    "scores",
    metadata,
    Column("id", Text, primary_key=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("person_id", Text, nullable=False, index=True),
    # one of: process, final
    Column("kind", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    # In tenths: 855 is 85.5.
    Column("points", Integer, nullable=False),
    Column("scorer_id", Text, index=True),
    Column("roster_id", Text, ForeignKey("roster.id")),
    # The scorer's place in the class: who replaces them takes it over.
    Column("position", Integer, nullable=False),
    # current, replaced
    Column("state", Text, nullable=False),
    # Why it replaced another, once all were in.
    Column("reason_sealed", LargeBinary),
    Column("at", Instant, nullable=False),
    Index("ix_scores_class", "class_id", "kind"),
    Index(
        "uq_scores_current",
        "class_id",
        "person_id",
        "kind",
        "attempt",
        "scorer_id",
        unique=True,
        sqlite_where=text("state = 'current'"),
        postgresql_where=text("state = 'current'"),
    ),
)

# What a teacher handed in for 过程性考核, and their wish for a second 说课 or 答辩.
works = Table(
    "works",
    metadata,
    Column("id", Text, primary_key=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False, index=True),
    Column("person_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    # handed_in, asked (for a second attempt), waived (no second attempt wanted)
    Column("state", Text, nullable=False),
    Column("file_id", Text),
    Column("text_sealed", LargeBinary),
    Column("late", Boolean, nullable=False, default=False),
    Column("at", Instant, nullable=False),
)

# Until when the works of a class are due, where somebody set another day.
work_days = Table(
    "work_days",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("created_by", Text),
    Column("at", Instant, nullable=False),
)
