"""催办: reminds who has something unfinished, each at most once a day for a thing."""

from __future__ import annotations

import msgspec

from bot import wording
from bot.actions.asking import Asking, Result, class_asked, say
from bot.actions.classes import named, stamp_until
from bot.actions.telling import Word, tell
from conversations.model import Refusal
from notices.calendar import send_window
from storage import applications, classes, conversations
from storage.classes import ClassRow

_FORM = "application"


class _Urged(msgspec.Struct, frozen=True):
    """How many heard of what now, and how many had heard today."""

    drafts: int = 0
    stamps: int = 0
    again: int = 0

    def __add__(self, other: _Urged) -> _Urged:
        return _Urged(
            self.drafts + other.drafts,
            self.stamps + other.stamps,
            self.again + other.again,
        )


async def urge(ask: Asking) -> Result:
    """``催办 [CODE]``: of one class, or of all that recruit in the person's scopes."""
    if ask.words.first:
        row = await class_asked(ask)
        if isinstance(row, Refusal):
            return row
        rows: tuple[ClassRow, ...] = (row,)
    else:
        rows = await classes.listed(
            ask.context.uow, paths=ask.paths(), states=["recruiting", "planned"]
        )
    urged = _Urged()
    for row in rows:
        urged += await _urge_drafts(ask, row) + await _urge_stamps(ask, row)
    return say(wording.figures.urged(urged.drafts, urged.stamps, urged.again))


async def _urge_drafts(ask: Asking, row: ClassRow) -> _Urged:
    left = (row.apply_until - ask.context.moment.today).days
    if row.state != "recruiting" or left < 0:
        return _Urged()
    drafts = await conversations.find_drafts(
        ask.context.uow, form=_FORM, subject=row.code
    )
    text = wording.figures.urge_draft(named(row), row.apply_until, left)
    told, again = await _tell(
        ask, row, "draft", text, {one.person_id for one in drafts}
    )
    return _Urged(drafts=told, again=again)


async def _urge_stamps(ask: Asking, row: ClassRow) -> _Urged:
    waiting = await applications.of_class(
        ask.context.uow, class_id=row.id, states=["awaiting_stamp"]
    )
    text = wording.admissions.stamp_wanted_told(
        named(row), stamp_until(row, ask.context.house)
    )
    told, again = await _tell(
        ask, row, "stamp", text, {one.person_id for one in waiting}
    )
    return _Urged(stamps=told, again=again)


async def _tell(
    ask: Asking, row: ClassRow, thing: str, text: str, person_ids: set[str]
) -> tuple[int, int]:
    context = ask.context
    programme = context.house.programmes[row.programme]
    day = context.moment.today.isoformat()
    word = Word(
        text,
        key=f"urged:{row.id}:{thing}:{day}",
        subject=row.title,
        class_id=row.id,
    )
    told = await tell(
        context.uow,
        context.house,
        word,
        person_ids=person_ids,
        now=context.now,
        not_before=send_window(context.now, programme.sending.hours),
    )
    return told, len(person_ids) - told
