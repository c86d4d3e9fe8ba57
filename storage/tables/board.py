"""Who looks at the board in a browser: asked for, confirmed in the chat, open."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text

from storage.tables.metadata import metadata
from storage.tables.types import Instant

board_logins = Table(
    "board_logins",
    metadata,
    # The digest of the secret in the browser's cookie; the secret is never kept.
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False, index=True),
    # asked, confirmed, open
    Column("state", Text, nullable=False),
    # What the browser shows and the person says in the chat; empty once said.
    Column("code", Text, nullable=False, server_default=""),
    # What it was asked for with, as codes: "windows chrome".
    Column("browser", Text, nullable=False, server_default=""),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
