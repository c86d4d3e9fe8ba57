"""What came in once, what goes out once, and what each dialogue stands at."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from storage.tables.metadata import metadata
from storage.tables.types import Instant


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of some of a table's rows. Statements repeat ``where`` to the letter."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


# A message is in this table once it was answered; its content is not kept.
inbox = Table(
    "inbox",
    metadata,
    Column("message_key", Text, primary_key=True),
    Column("person_id", Text, index=True),
    Column("received_at", Instant, nullable=False, index=True),
    # done, failed (once, to be tried again), set_aside
    Column("state", Text, nullable=False),
    # The answer that every delivery of this message gets.
    Column("reply_sealed", LargeBinary),
    # The draft it was about, so that a blind form's traces can be wiped.
    Column("draft_id", Text, index=True),
    Column("failures", Integer, nullable=False, default=0),
    # Only of messages set aside: what the operator needs to look into it.
    Column("body_sealed", LargeBinary),
    Column("error", Text, nullable=False, default=""),
)

conversations = Table(
    "conversations",
    metadata,
    Column("person_id", Text, ForeignKey("persons.id"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state_sealed", LargeBinary, nullable=False),
    # Numbered choices of a push sent since the person's last message, as JSON.
    Column("push_sealed", LargeBinary),
    Column("updated_at", Instant, nullable=False),
    # Written at every step: kept in one piece, with room beside it for the next
    # version, so that PostgreSQL touches neither indexes nor a second table.
    postgresql_with={"toast_tuple_target": 8160, "fillfactor": 50},
)

# An index of open drafts; their answers lie in the conversation.
drafts = Table(
    "drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("started_at", Instant, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    # What was decided to be said once: a second row with the key is refused.
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("person_id", Text, index=True),
    Column("address_id", Text),
    Column("channel", Text, nullable=False),
    # reply, reminder, notice, result
    Column("purpose", Text, nullable=False),
    # 0 replies, 1 deadlines, 2 results, 3 notices: lower goes first.
    Column("urgency", Integer, nullable=False),
    Column("body_sealed", LargeBinary),
    Column("notice_id", Text),
    # The draft it speaks of, so that a blind form's traces can be wiped.
    Column("draft_id", Text),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("expires_at", Instant),
    # waiting, leased, sent, delivered, failed, unknown, held, cancelled
    Column("state", Text, nullable=False),
    Column("lease_until", Instant),
    Column("lease_owner", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("client_message_id", Text, nullable=False),
    Column("platform_message_id", Text),
    Column("error_code", Text, nullable=False, default=""),
    Column("error", Text, nullable=False, default=""),
    Column("settled_at", Instant),
    # How it went, or goes: passive, custom, template, subscribe, app, …
    Column("way", Text, nullable=False, server_default=""),
    # Ways in which the platform refused this very row, separated by commas.
    Column("refused", Text, nullable=False, server_default=""),
    # The class that it is about, for 触达.
    Column("class_id", Text),
    # A row is written three times, and every index with it that it is in: so each
    # holds only the rows that are looked for by it, and none grows with the past.
    _partial("ix_outbox_notice_id", "notice_id", where="notice_id IS NOT NULL"),
    _partial("ix_outbox_draft_id", "draft_id", where="draft_id IS NOT NULL"),
    _partial("ix_outbox_class_id", "class_id", where="class_id IS NOT NULL"),
    _partial(
        "ix_outbox_platform_message_id",
        "platform_message_id",
        where="platform_message_id IS NOT NULL",
    ),
    _partial(
        "ix_outbox_due", "channel", "urgency", "not_before", where="state = 'waiting'"
    ),
    _partial("ix_outbox_leased", "lease_owner", where="state = 'leased'"),
    _partial(
        "ix_outbox_expiring",
        "expires_at",
        where="state IN ('waiting', 'held') AND expires_at IS NOT NULL",
    ),
    _partial("ix_outbox_open", "address_id", where="state IN ('waiting', 'leased')"),
    _partial("ix_outbox_held", "person_id", where="state = 'held'"),
)

# Slow work beside the dialogue, and exports.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("person_id", Text, index=True),
    Column("address_id", Text),
    Column("payload_sealed", LargeBinary, nullable=False),
    # waiting, leased, done, failed
    Column("state", Text, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("lease_owner", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Index("ix_jobs_due", "state", "not_before"),
)

files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, index=True),
    # upload, photo, stamp, form_picture, form_file, chart, export, qr_code
    Column("purpose", Text, nullable=False),
    Column("subject", Text, nullable=False, default=""),
    Column("media_type", Text, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("keep_until", Instant, index=True),
)

# Links that work once.
links = Table(
    "links",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("person_id", Text, nullable=False, index=True),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
)

# The platform's access token, shared by all processes.
tokens = Table(
    "tokens",
    metadata,
    Column("account", Text, primary_key=True),
    Column("value_sealed", LargeBinary),
    Column("expires_at", Instant, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("lease_until", Instant),
)

# How much of a quota was used: of an API call in a day, of an address in a minute.
quotas = Table(
    "quotas",
    metadata,
    Column("name", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("used", Integer, nullable=False, default=0),
    # When the period is over and the row no more than history.
    Column("ends_at", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("name", "period"),
)

# Our files that a platform holds for some days, by its id.
platform_media = Table(
    "platform_media",
    metadata,
    Column("account", Text, nullable=False),
    Column("file_id", Text, nullable=False, index=True),
    Column("media_id", Text, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("account", "file_id"),
)

# The platform's ids of our role tags.
platform_tags = Table(
    "platform_tags",
    metadata,
    Column("account", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("tag_id", Text, nullable=False),
    PrimaryKeyConstraint("account", "role"),
)

# Set when the platform refused a feature for good (templates gone, API denied).
switches = Table(
    "switches",
    metadata,
    Column("name", Text, primary_key=True),
    Column("off", Boolean, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("until", Instant),
    Column("at", Instant, nullable=False),
)
