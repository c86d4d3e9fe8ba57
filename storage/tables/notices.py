"""Notices, and the log of what people with a role did."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from storage.tables.metadata import metadata
from storage.tables.types import Instant

notices = Table(
    "notices",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "number", Integer, ForeignKey("numbers.number"), nullable=False, unique=True
    ),
    # The unguessable part of /n/….
    Column("slug", Text, nullable=False, unique=True),
    # announcement (written by a manager), recruitment (招生通知)
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("class_id", Text, ForeignKey("classes.id"), index=True),
    Column("scope_id", Text, ForeignKey("scopes.id"), nullable=False),
    # roles, provinces, levels, majors: lists; empty means everybody in scope.
    Column("audience", JSON, nullable=False),
    # draft, awaiting_approval, approved, published, stopped, withdrawn
    Column("state", Text, nullable=False),
    Column("author_id", Text, nullable=False),
    Column("approved_by", Text),
    Column("created_at", Instant, nullable=False),
    Column("published_at", Instant),
    # How far the audience is frozen: the last person id, null when complete.
    Column("audience_cursor", Text),
    # freezing, frozen
    Column("audience_state", Text, nullable=False, default=""),
    Column("audience_size", Integer, nullable=False, default=0),
)

# A notice as an article of the Official Account.
articles = Table(
    "articles",
    metadata,
    Column("notice_id", Text, ForeignKey("notices.id"), primary_key=True),
    # wanted, drafted, submitted, published, massing, massed, finished, failed,
    # withdrawn
    Column("state", Text, nullable=False),
    Column("media_id", Text, nullable=False, default=""),
    Column("publish_id", Text, nullable=False, default="", index=True),
    Column("article_id", Text, nullable=False, default=""),
    Column("url", Text, nullable=False, default=""),
    # Whom the mass message is for: a role, or all; and to how many it went.
    Column("mass_target", Text, nullable=False, default=""),
    Column("mass_message_id", Text, nullable=False, default="", index=True),
    Column("mass_sent", Integer, nullable=False, default=0),
    Column("mass_failed", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
    Column("lease_until", Instant),
    Column("updated_at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    # Empty for the operator's own command line.
    Column("actor_id", Text, index=True),
    # grant, revoke, invite, command, view_full, …
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False, default=""),
    Column("scope_id", Text),
    # done, refused, failed
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Index("ix_audit_at", "at"),
)

# Only in the demo: how far its clock runs ahead of the real one, in seconds.
demo_clock = Table(
    "demo_clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ahead", Float, nullable=False),
)
