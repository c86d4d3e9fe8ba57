"""Persons, where they can be reached, what they agreed to, what they may do.

Columns that end in ``_sealed`` are AES-GCM ciphertexts (see ``storage.crypto``).
"""

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
)

from storage.tables.metadata import metadata
from storage.tables.types import Instant

persons = Table(
    "persons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name_sealed", LargeBinary),
    # What a later form may offer again, as JSON by prefill key.
    Column("profile_sealed", LargeBinary),
    Column("created_at", Instant, nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("address_sealed", LargeBinary, nullable=False),
    # False once the person unfollowed or the platform said the address is dead.
    Column("reachable", Boolean, nullable=False, default=True),
    Column("last_inbound_at", Instant),
    # What the platform lets us send freely: some sends until a moment after a
    # message, and fewer for a short while after a tap, a follow or a scan.
    Column("window_until", Instant),
    Column("window_sends", Integer, nullable=False, server_default="0"),
    Column("brief_until", Instant),
    Column("brief_sends", Integer, nullable=False, server_default="0"),
    # The role whose menu the platform was told to show here.
    Column("menu", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
)

# How many subscribe notifications of a template a person agreed to get.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("address_id", Text, ForeignKey("addresses.id"), nullable=False),
    Column("template_id", Text, nullable=False),
    Column("granted", Integer, nullable=False, default=0),
    Column("asked_at", Instant),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("address_id", "template_id"),
)

# The blind index. One row for each (value, key): a value is unique as soon as
# two processes share one key, also while keys are being rotated.
lookups = Table(
    "lookups",
    metadata,
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    # What is indexed, where it is kept nowhere else (ID numbers), so that it
    # can be indexed again under a new key.
    Column("value_sealed", LargeBinary),
    PrimaryKeyConstraint("kind", "digest"),
    Index("ix_lookups_owner_id", "owner_id"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("text_digest", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)

scopes = Table(
    "scopes",
    metadata,
    Column("id", Text, primary_key=True),
    # nation, province, district, school, institution, class
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_id", Text, ForeignKey("scopes.id")),
    # "/nation/province/institution": a scope covers every path it is a prefix of.
    Column("path", Text, nullable=False, unique=True),
)

institutions = Table(
    "institutions",
    metadata,
    Column("scope_id", Text, ForeignKey("scopes.id"), primary_key=True),
    # 师资研修中心 or 教师培训基地
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False, default=""),
    Column("contact", Text, nullable=False, default=""),
)

approvals = Table(
    "approvals",
    metadata,
    Column("institution_id", Text, ForeignKey("institutions.scope_id"), nullable=False),
    Column("major", Text, nullable=False),
    Column("level", Text, nullable=False),
    PrimaryKeyConstraint("institution_id", "major", "level"),
)

grants = Table(
    "grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("scope_id", Text, ForeignKey("scopes.id"), nullable=False, index=True),
    Column("granted_by", Text),
    Column("granted_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Text, primary_key=True),
    # Keyed digest of the code; the code itself is never kept. Looked up in
    # ``lookups`` with kind "invitation".
    Column("role", Text, nullable=False),
    Column("scope_id", Text, ForeignKey("scopes.id"), nullable=False),
    Column("roster_id", Text),
    Column("created_by", Text),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_by", Text),
    Column("used_at", Instant),
)

# What a QR code's scene stands for; the scene itself is a signed token. Each
# person may use it once, and all together as often as it was made for.
scenes = Table(
    "scenes",
    metadata,
    Column("id", Text, primary_key=True),
    # class, invitation
    Column("kind", Text, nullable=False),
    Column("object_id", Text, nullable=False, index=True),
    Column("created_by", Text),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("uses_left", Integer, nullable=False),
)

scene_uses = Table(
    "scene_uses",
    metadata,
    Column("scene_id", Text, ForeignKey("scenes.id"), nullable=False),
    Column("person_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("scene_id", "person_id"),
)

# Counters that slow down guessing and flooding, by subject and hour.
throttles = Table(
    "throttles",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("window_start", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)

roster = Table(
    "roster",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), index=True),
    Column("name", Text, nullable=False),
    Column("certificate", Text, nullable=False, unique=True),
    Column("majors", Text, nullable=False),
    Column("levels", Text, nullable=False),
    Column("province_id", Text, ForeignKey("scopes.id"), nullable=False),
    Column("school", Text, nullable=False),
)
