"""What is kept about a person: where, until when, and how it goes.

``REGISTER`` names every table that holds a column about persons or a sealed
one; a test refuses a table that is missing. Law: 个人信息保护法 15, 19, 44-47.
"""

from __future__ import annotations

import msgspec

from storage.tables.metadata import metadata

PERSON_COLUMNS = frozenset(
    {
        "person_id",
        "address_id",
        "owner_id",
        "actor_id",
        "author_id",
        "created_by",
        "granted_by",
        "used_by",
        "decided_by",
        "approved_by",
        "done_by",
        "scorer_id",
    }
)
"""Names of columns that hold the id of a person or of an address of theirs."""


class Entry(msgspec.Struct, frozen=True):
    """How one table stands to the person.

    ``owner`` is the column by which rows are the person's own: they are in an
    export. ``erasure`` says what 删除我的信息 does, ``retention`` when the
    nightly purge does. ``other`` are columns that name somebody by a bare id in
    a record about something else; the id means nothing once the person is gone.
    """

    erasure: str
    retention: str = "until erased"
    owner: str = ""
    other: tuple[str, ...] = ()


REGISTER: dict[str, Entry] = {
    "persons": Entry(
        "deleted; while an application is kept, the row stays with the name alone",
        owner="id",
    ),
    "addresses": Entry("deleted", owner="person_id"),
    "lookups": Entry(
        "deleted", "ID numbers: as long as a form with it", owner="owner_id"
    ),
    "consents": Entry(
        "deleted; kept as proof while an application is", owner="person_id"
    ),
    "conversations": Entry(
        "deleted", "open forms idle for 30 days are dropped", owner="person_id"
    ),
    "drafts": Entry("deleted", "30 days idle", owner="person_id"),
    "inbox": Entry(
        "deleted; replies to managers that name the person are wiped",
        "answers 24 hours, messages set aside 30 days",
        owner="person_id",
    ),
    "outbox": Entry(
        "deleted; pushes to managers that name the person are wiped",
        "texts 180 days",
        owner="person_id",
        other=("address_id",),
    ),
    "jobs": Entry(
        "deleted, and everybody's pictures of tables",
        "7 days",
        owner="person_id",
        other=("address_id",),
    ),
    "files": Entry(
        "deleted, and everybody's exports and tables; those of a kept application stay",
        "by keep_until",
        owner="person_id",
    ),
    "links": Entry("deleted", "1 day after they expired", owner="person_id"),
    "board_logins": Entry(
        "deleted", "1 day after they expired, 8 hours after they began", "person_id"
    ),
    "subscriptions": Entry("deleted", owner="address_id"),
    "scenes": Entry(
        "kept without a name until they expire", "1 day after", other=("created_by",)
    ),
    "scene_uses": Entry("deleted", "with the scene", owner="person_id"),
    "quotas": Entry(
        "deleted by the address's id in the name; others are not about persons",
        "7 days after the period",
    ),
    "platform_media": Entry("deleted with the file", "until the platform drops it"),
    "tokens": Entry("not about persons", "replaced"),
    "throttles": Entry(
        "deleted by the person's id in the subject; tries of codes and ID numbers, "
        "counted by the address's keyed digest, end by themselves",
        "1 day",
    ),
    "grants": Entry("deleted", owner="person_id", other=("granted_by",)),
    "invitations": Entry(
        "the taker's id is removed", owner="used_by", other=("created_by",)
    ),
    "roster": Entry("unlinked; the official list stays", owner="person_id"),
    "class_staff": Entry("unlinked; the official record stays", owner="person_id"),
    "engagements": Entry(
        "unlinked, without the reason; open invitations end", owner="person_id"
    ),
    "busy_days": Entry("deleted", "until erased or taken back", owner="person_id"),
    "submissions": Entry(
        "deleted; those of a kept application stay, forms that speak of an "
        "institution lose the author and the personal answers",
        "each personal answer as long as its field says, by keep_until",
        owner="person_id",
    ),
    "applications": Entry(
        "deleted, but admitted ones of classes not yet closed",
        owner="person_id",
        other=("decided_by",),
    ),
    "completions": Entry(
        "deleted, but of classes with a kept application", owner="person_id"
    ),
    "seats": Entry(
        "deleted, but of classes with a kept application", owner="person_id"
    ),
    "rolls": Entry("kept: official record, without a name", other=("created_by",)),
    "attendance": Entry(
        "deleted, but of classes with a kept application", owner="person_id"
    ),
    "leaves": Entry(
        "deleted, but of classes with a kept application, and there without reasons",
        "reasons 180 days",
        owner="person_id",
        other=("decided_by",),
    ),
    "scores": Entry(
        "deleted, but of classes with a kept application; a scorer's id is removed",
        owner="person_id",
        other=("scorer_id",),
    ),
    "works": Entry(
        "deleted, but of classes with a kept application",
        "files 1 year after the class",
        owner="person_id",
    ),
    "work_days": Entry("kept: official record", other=("created_by",)),
    "reminded": Entry("deleted", owner="person_id"),
    "needs_seen": Entry("deleted", owner="person_id"),
    "audit": Entry("kept: the log is never changed", owner="actor_id"),
    "deadlines": Entry("kept: official record", other=("done_by",)),
    "reviews": Entry("kept: official record", other=("decided_by",)),
    "plan_calls": Entry("kept: official record", other=("created_by",)),
    "plan_submissions": Entry(
        "kept: official record", other=("created_by", "decided_by")
    ),
    "plan_items": Entry("kept: official record", other=("created_by",)),
    "notices": Entry("kept: published", other=("author_id", "approved_by")),
    "certificates": Entry(
        "kept without name and holder: the number stays good; whole while an "
        "application to the class is kept",
        owner="person_id",
        other=("created_by", "decided_by"),
    ),
    "transcripts": Entry(
        "the person's row is emptied but for its number; whole while an "
        "application to the class is kept",
        other=("decided_by",),
    ),
    "archives": Entry(
        "kept: official record; its volumes are deleted and made anew without "
        "the person",
        other=("created_by",),
    ),
    "annual_summaries": Entry("kept: numbers only", other=("decided_by",)),
    "ballot_pool": Entry("cannot be found: blind", "as long as the form says"),
    "ballot_texts": Entry("cannot be found: blind", "as long as the form says"),
}


def unregistered() -> set[str]:
    """Columns about persons, ``table.column``, that the register does not name."""
    missing = set()
    for table in metadata.tables.values():
        entry = REGISTER.get(table.name)
        for column in table.columns:
            about = column.name in PERSON_COLUMNS
            named = entry is not None and (
                not about or column.name in (entry.owner, *entry.other)
            )
            if (about or column.name.endswith("_sealed")) and not named:
                missing.add(f"{table.name}.{column.name}")
    return missing
