"""Classes, their staff and deadlines, applications and what was handed in."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
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

classes = Table(
    "classes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("programme", Text, nullable=False),
    Column(
        "institution_id",
        Text,
        ForeignKey("institutions.scope_id"),
        nullable=False,
        index=True,
    ),
    Column("scope_id", Text, ForeignKey("scopes.id"), nullable=False),
    Column("level", Text, nullable=False),
    Column("major", Text, nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("apply_until", Date, nullable=False),
    Column("venue", Text, nullable=False, default=""),
    Column("capacity", Integer, nullable=False),
    Column("places_taken", Integer, nullable=False, default=0),
    # one of: planned, recruiting, running, ended, closed, cancelled
    Column("state", Text, nullable=False),
    # Provinces whose teachers may apply, as a JSON list of scope ids; [] = all.
    Column("recruits_from", JSON, nullable=False),
    Column("revision", Integer, nullable=False, default=1),
    # The item of the plan that it was opened from; no key, as the item names it too.
    Column("plan_item_id", Text, index=True),
    CheckConstraint("places_taken >= 0 AND places_taken <= capacity", name="places"),
)

staff = Table(
    "class_staff",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    # One of lecturer (授课), assessor (考核), manager (班主任)
    Column("duty", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("roster_id", Text, ForeignKey("roster.id")),
    Column("person_id", Text),
    Column("name", Text, nullable=False),
    Column("course", Text, nullable=False, default=""),
    PrimaryKeyConstraint("class_id", "duty", "position"),
)

# One row for each dated step of a class, or of an institution's year
# (``class_id`` is then empty and ``subject`` the institution and period).
deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Text, primary_key=True),
    # The programme file that the step and its wording come from.
    Column("programme", Text, nullable=False),
    # The class code, or "INSTITUTION:2026" for steps of a year.
    Column("subject", Text, nullable=False),
    Column("class_id", Text, ForeignKey("classes.id"), index=True),
    Column("scope_id", Text, ForeignKey("scopes.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    # one of: open, done, cancelled
    Column("state", Text, nullable=False),
    Column("done_at", Instant),
    Column("done_by", Text),
    # How it was done: dialogue, or 办结 with the words given.
    Column("note", Text, nullable=False, default=""),
    # Set while people reminded for an earlier date still have to be told.
    Column("moved_from", Date),
    UniqueConstraint("subject", "step"),
)

# When to look at a deadline: written with it, in the same transaction.
reminders = Table(
    "reminders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("deadline_id", Text, ForeignKey("deadlines.id"), nullable=False),
    Column("due_on", Date, nullable=False),
    # before-7, before-3, before-1, due, overdue, moved
    Column("mark", Text, nullable=False),
    Column("fire_at", Instant, nullable=False),
    # planned, leased, fired, skipped, cancelled
    Column("state", Text, nullable=False),
    Column("lease_until", Instant),
    Column("reason", Text, nullable=False, default=""),
    UniqueConstraint("deadline_id", "due_on", "mark"),
    Index("ix_reminders_due", "state", "fire_at"),
)

# Who was reminded of what: never twice for the same row.
reminded = Table(
    "reminded",
    metadata,
    Column("person_id", Text, nullable=False),
    Column("deadline_id", Text, ForeignKey("deadlines.id"), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("mark", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("person_id", "deadline_id", "due_on", "mark"),
)

# The stable numbers of 审核 12, 查看 12, 发布 12: never used twice.
numbers = Table(
    "numbers",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    # application, opening, change, scheme, notice, plan, plan_item, engagement
    Column("kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

submissions = Table(
    "submissions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # The class code, or what the form is about.
    Column("subject", Text, nullable=False, index=True),
    Column("person_id", Text, index=True),
    Column("submitted_at", Instant, nullable=False),
    # Answers by field id that are not personal, and the draft's context.
    Column("answers", JSON, nullable=False),
    Column("context", JSON, nullable=False),
    # Personal answers by field id, as encrypted JSON.
    Column("personal_sealed", LargeBinary),
    # After this day the next of the personal answers are erased.
    Column("keep_until", Date, index=True),
)

applications = Table(
    "applications",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "number", Integer, ForeignKey("numbers.number"), nullable=False, unique=True
    ),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("person_id", Text, nullable=False, index=True),
    Column("submission_id", Text, ForeignKey("submissions.id")),
    # One of submitted, waitlisted, awaiting_stamp (待盖章), admitted, refused, withdrawn
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("holds_place", Boolean, nullable=False, default=False),
    Column("stamp_file_id", Text),
    Column("applied_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", Text),
    Index(
        "uq_applications_live",
        "class_id",
        "person_id",
        unique=True,
        sqlite_where=text("state <> 'withdrawn'"),
        postgresql_where=text("state <> 'withdrawn'"),
    ),
)

# Openings (开班申请), changes of planned classes and schemes (培训方案) that a
# province reviews.
reviews = Table(
    "reviews",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "number", Integer, ForeignKey("numbers.number"), nullable=False, unique=True
    ),
    Column("kind", Text, nullable=False),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False, index=True),
    # waiting, approved, refused, withdrawn
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    # What is asked for: how an opening stands to the plan, the date of a change.
    Column("proposal", JSON, nullable=False, server_default="{}"),
    Column("submitted_at", Instant, nullable=False),
    Column("decided_at", Instant),
    # While it waits: who agreed, and still owes the stamped page.
    Column("decided_by", Text),
)

# Who was shown the needs of those a class admitted (规程第十条), and when last.
needs_seen = Table(
    "needs_seen",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("person_id", Text, nullable=False, index=True),
    Column("seen_at", Instant, nullable=False),
    PrimaryKeyConstraint("class_id", "person_id"),
)
