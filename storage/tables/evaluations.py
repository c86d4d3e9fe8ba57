"""The blind evaluation: who is done, and what was said, with no way between them.

A row of ``completions`` bears a date and no time. Ballots bear no person, no
time and no order; scores and free texts of one ballot are separate rows, so
that they cannot be joined again.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from storage.tables.metadata import metadata

completions = Table(
    "completions",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("form", Text, nullable=False),
    Column("person_id", Text, nullable=False, index=True),
    Column("done_on", Date, nullable=False),
    PrimaryKeyConstraint("class_id", "form", "person_id"),
    sqlite_with_rowid=False,
)

# Sealed ballots that wait for four others. Written anew, all of a class at
# once and in random order, each time one joins them.
ballot_pool = Table(
    "ballot_pool",
    metadata,
    Column("id", Text, primary_key=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("ballot_sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

ballots = Table(
    "ballots",
    metadata,
    Column("id", Text, primary_key=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    # Marks by field id (and by item id within a matrix).
    Column("marks", JSON, nullable=False),
    sqlite_with_rowid=False,
)

ballot_texts = Table(
    "ballot_texts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# How often each mark was given in a class, over all ballots that moved to the
# results; written with them, so it grows by as many as move at once. The row
# without field, item and mark counts the ballots.
tallies = Table(
    "ballot_tallies",
    metadata,
    Column("class_id", Text, ForeignKey("classes.id"), nullable=False),
    Column("form", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("mark", Text, nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("class_id", "form", "version", "field", "item", "mark"),
    sqlite_with_rowid=False,
)
