"""What classes and years leave behind.

Certificates, transcripts, archives and annual summaries.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.metadata import metadata
from storage.tables.types import Instant

certificates = Table(
    "certificates",
    metadata,
    Column("id", Text, primary_key=True),
    # What is printed, and asked for at /verify: it ends in signs nobody can guess.
    Column("number", Text, nullable=False, unique=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    # Counts the certificates of a class; never used twice.
    Column("serial", Integer, nullable=False),
    # Empty once the person had their data erased.
    Column("person_id", Text, index=True),
    # The name and the masked ID number as printed, as JSON.
    Column("holder_sealed", LargeBinary),
    # valid, revoked
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("issued_at", Instant, nullable=False),
    Column("created_by", Text),
    Column("revoked_at", Instant),
    Column("decided_by", Text),
    UniqueConstraint("class_id", "serial"),
    Index(
        "uq_certificates_valid",
        "class_id",
        "person_id",
        unique=True,
        sqlite_where=text("state = 'valid'"),
        postgresql_where=text("state = 'valid'"),
    ),
)

# 附件5 of a class as it was looked at (draft) and as it was sent; a correction
# is the next revision.
transcripts = Table(
    "transcripts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    # draft, sent
    Column("state", Text, nullable=False),
    # Of what was looked at: only that can be confirmed.
    Column("digest", Text, nullable=False),
    # The whole table as it was sent, as JSON; empty while a draft.
    Column("content_sealed", LargeBinary),
    Column("heads", Integer, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("decided_by", Text),
    UniqueConstraint("class_id", "revision"),
)

# 归档: the file of a class was made; the volumes are files with its id as subject.
archives = Table(
    "archives",
    metadata,
    Column("id", Text, primary_key=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    # making, made
    Column("state", Text, nullable=False),
    Column("entries", Integer, nullable=False, default=0),
    # What was not there when it was asked for, as words for people.
    Column("missing", JSON, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("created_by", Text),
    UniqueConstraint("class_id", "revision"),
)

# 附件6 as it was handed in: the figures of that day, and the form with the texts.
summaries = Table(
    "annual_summaries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("institution_id", Text, ForeignKey("institutions.scope_id"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("submission_id", Text, ForeignKey("submissions.id"), nullable=False),
    # What was counted, class by class and plan item by plan item.
    Column("counted", JSON, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("decided_by", Text),
    UniqueConstraint("institution_id", "year", "revision"),
)
