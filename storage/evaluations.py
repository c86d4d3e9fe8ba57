"""The blind evaluation: who is done, and what was said, with no way between them.

A ballot waits sealed in a pool that is written anew, in random order and under
new ids, each time one joins it; at least five at a time, in random order, move
to the results. Where a ballot came from stands in no row, no order, no row id
and no transaction id. Ids and the order come in as arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select

from storage import files, inbox, outbox, tallies
from storage.database import UnitOfWork
from storage.statements import InsertIgnoring
from storage.tables.classes import classes
from storage.tables.evaluations import ballot_pool, ballot_texts, ballots, completions

NewId = Callable[[], str]
Shuffle = Callable[[list[Any]], None]

MINIMUM = 5
"""Results of fewer ballots are never moved apart from the rest, nor shown."""


class Ballot(msgspec.Struct, frozen=True):
    """What somebody said of a class: marks by field id, free texts by field id."""

    class_id: str
    form: str
    version: int
    marks: dict[str, str | dict[str, str]]
    texts: dict[str, str] = {}


class Results(msgspec.Struct, frozen=True):
    """What was said of a class in a form. Marks and texts do not belong together.

    ``texts`` are by field id. ``count`` is the number of ballots.
    """

    count: int
    marks: tuple[dict[str, str | dict[str, str]], ...]
    texts: dict[str, tuple[str, ...]]


_COMPLETE = InsertIgnoring(completions, "person_id")


async def cast(
    uow: UnitOfWork,
    ballot: Ballot,
    *,
    person_id: str,
    done_on: date,
    new_id: NewId,
    shuffle: Shuffle,
) -> bool:
    """Mark the person as done and mix the ballot into the pool.

    False, and nothing is changed, when the person was done before.
    """
    await _lock_class(uow, ballot.class_id)
    row = {
        "class_id": ballot.class_id,
        "form": ballot.form,
        "person_id": person_id,
        "done_on": done_on,
    }
    marked = await uow.execute(_COMPLETE[uow.dialect], row)
    if marked.first() is None:
        return False
    pooled = [*await _take_pool(uow, ballot.class_id), ballot]
    await _put_pool(uow, pooled, new_id, shuffle)
    return True


async def _lock_class(uow: UnitOfWork, class_id: str) -> None:
    """Two who write the pool of a class at once would lose or double ballots."""
    query = select(classes.c.id).where(classes.c.id == class_id)
    await uow.execute(query.with_for_update(key_share=True))


async def _take_pool(uow: UnitOfWork, class_id: str) -> list[Ballot]:
    of_class = ballot_pool.c.class_id == class_id
    query = select(ballot_pool.c.id, ballot_pool.c.ballot_sealed).where(of_class)
    pooled = [_open_ballot(uow, *row) for row in await uow.execute(query)]
    await uow.execute(delete(ballot_pool).where(of_class))
    return pooled


def _open_ballot(uow: UnitOfWork, row: str, sealed: bytes) -> Ballot:
    opened = uow.vault.open(
        sealed, table="ballot_pool", column="ballot_sealed", row=row
    )
    return msgspec.json.decode(opened, type=Ballot)


async def _put_pool(
    uow: UnitOfWork, pooled: list[Ballot], new_id: NewId, shuffle: Shuffle
) -> None:
    shuffle(pooled)
    rows = [_pool_row(uow, ballot, new_id()) for ballot in pooled]
    if rows:
        await uow.execute(insert(ballot_pool), rows)


def _pool_row(uow: UnitOfWork, ballot: Ballot, row: str) -> dict[str, Any]:
    encoded = msgspec.json.encode(ballot)
    return {
        "id": row,
        "class_id": ballot.class_id,
        "form": ballot.form,
        "version": ballot.version,
        "ballot_sealed": uow.vault.seal(
            encoded, table="ballot_pool", column="ballot_sealed", row=row
        ),
    }


async def count_pool(uow: UnitOfWork, *, class_id: str) -> int:
    """How many ballots of a class wait, of all forms."""
    query = select(ballot_pool.c.id).where(ballot_pool.c.class_id == class_id)
    return len((await uow.execute(query)).all())


async def classes_with_pool(uow: UnitOfWork) -> tuple[str, ...]:
    """The classes of which ballots wait."""
    query = select(ballot_pool.c.class_id).distinct()
    return tuple(sorted((await uow.execute(query)).scalars()))


async def drain(
    uow: UnitOfWork,
    *,
    class_id: str,
    new_id: NewId,
    shuffle: Shuffle,
    minimum: int = MINIMUM,
    everything: bool = False,
) -> int:
    """Move ballots to the results, each form's at least ``minimum`` at a time.

    ``everything`` moves the rest too, when the class is closed; but fewer than
    ``minimum`` never join results that may have been shown, because the two
    reports could be subtracted: those stay sealed. How many moved.
    """
    await _lock_class(uow, class_id)
    pooled = await _take_pool(uow, class_id)
    waiting = Counter(ballot.form for ballot in pooled)
    ready = {form for form, count in waiting.items() if count >= minimum}
    if everything:
        ready |= set(waiting) - await _forms_with_results(uow, class_id)
    moving = [ballot for ballot in pooled if ballot.form in ready]
    staying = [ballot for ballot in pooled if ballot.form not in ready]
    await _put_pool(uow, staying, new_id, shuffle)
    await _put_results(uow, moving, new_id, shuffle)
    return len(moving)


async def _forms_with_results(uow: UnitOfWork, class_id: str) -> set[str]:
    query = select(ballots.c.form).where(ballots.c.class_id == class_id).distinct()
    return set((await uow.execute(query)).scalars())


async def _put_results(
    uow: UnitOfWork, moving: list[Ballot], new_id: NewId, shuffle: Shuffle
) -> None:
    marks: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    for ballot in moving:
        about = {
            "class_id": ballot.class_id,
            "form": ballot.form,
            "version": ballot.version,
        }
        marks.append({**about, "id": new_id(), "marks": ballot.marks})
        for field, text in ballot.texts.items():
            row = new_id()
            sealed = _seal_text(uow, row, text)
            texts.append({**about, "id": row, "field": field, "text_sealed": sealed})
    for table, rows in ((ballots, marks), (ballot_texts, texts)):
        shuffle(rows)
        if rows:
            await uow.execute(insert(table), rows)
    await tallies.add(uow, moving)


def _seal_text(uow: UnitOfWork, row: str, text: str) -> bytes:
    return uow.vault.seal(text, table="ballot_texts", column="text_sealed", row=row)


async def completed(
    uow: UnitOfWork, *, class_id: str, form: str | None = None
) -> dict[str, date]:
    """Who is done, and on which day, by person id."""
    query = select(completions.c.person_id, completions.c.done_on).where(
        completions.c.class_id == class_id
    )
    if form is not None:
        query = query.where(completions.c.form == form)
    return {row.person_id: row.done_on for row in await uow.execute(query)}


async def results(uow: UnitOfWork, *, class_id: str, form: str) -> Results:
    """What was said of a class, in the order of random ids.

    Whoever shows it keeps to ``MINIMUM``, and to the design's rule that two
    reports never differ by fewer.
    """
    of_form = select(ballots.c.marks).where(
        ballots.c.class_id == class_id, ballots.c.form == form
    )
    marks = tuple((await uow.execute(of_form.order_by(ballots.c.id))).scalars())
    said = await uow.execute(
        select(ballot_texts)
        .where(ballot_texts.c.class_id == class_id, ballot_texts.c.form == form)
        .order_by(ballot_texts.c.field, ballot_texts.c.id)
    )
    texts: dict[str, tuple[str, ...]] = {}
    for row in said:
        text = uow.vault.open_text(
            row.text_sealed, table="ballot_texts", column="text_sealed", row=row.id
        )
        texts[row.field] = (*texts.get(row.field, ()), text)
    return Results(len(marks), marks, texts)


async def wipe_traces(
    uow: UnitOfWork, *, draft_ids: Sequence[str], now: datetime
) -> None:
    """Forget the dialogue in which ballots were made: replies, pushes, pictures."""
    for draft_id in draft_ids:
        await inbox.wipe_draft(uow, draft_id=draft_id)
        await outbox.wipe_draft(uow, draft_id=draft_id, now=now)
        await files.remove_of(uow, subject=draft_id)
