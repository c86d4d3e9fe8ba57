"""触达: who of a class was reached and how, who is held and why, whom to phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot import permissions, wording
from bot.actions import pictures
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.classes import named
from bot.actions.context import House
from bot.actions.telling import Word, tell
from bot.clock import civil
from bot.commands import by_word
from conversations.model import Option, Refusal
from conversations.understanding.masks import mask_phone
from notices.calendar import send_window
from storage import applications, classes, people, reached, reminders, submissions
from storage.applications import ApplicationRow
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.reached import Told, is_missed

_LOOK_BACK = timedelta(days=30)
_NEWS = timedelta(days=1)


async def show(ask: Asking) -> Result:
    """``触达 CODE``: by way, then each who was not reached with the reason and phone."""
    row = await class_asked(ask)
    if isinstance(row, Refusal):
        return row
    uow, now = ask.context.uow, ask.context.now
    found = await reached.told(uow, class_id=row.id, since=now - _LOOK_BACK)
    if not found:
        return say(wording.reaching.nobody_told(named(row)))
    missed = [one for one in found if is_missed(one)]
    lines, options = await _phone_list(ask, row, missed)
    counted = Counter(
        wording.reaching.how(one.channel, one.way, one.state)
        for one in found
        if not is_missed(one)
    )
    return say(
        wording.reaching.shown(named(row), counted.most_common(), lines), options
    )


async def _phone_list(
    ask: Asking, row: ClassRow, missed: Sequence[Told]
) -> tuple[list[str], list[Option]]:
    """A line for each person who was not reached; for a base, how to see the number."""
    uow, most = ask.context.uow, ask.context.house.limits.list_length
    newest = {one.person_id: one for one in missed}
    shown = list(newest.values())[:most]
    applied = {
        one.person_id: one for one in await applications.of_class(uow, class_id=row.id)
    }
    phones = await _phones(uow, [applied[p] for p in newest if p in applied])
    names = await people.names_of(uow, person_ids=[one.person_id for one in shown])
    lines = [
        wording.reaching.to_phone(
            names.get(one.person_id, "") or wording.reaching.nameless(),
            mask_phone(phones[one.person_id]) if phones.get(one.person_id) else "",
            wording.reaching.why(one.channel, one.state, one.error_code),
        )
        for one in shown
    ]
    if len(newest) > most:
        lines.append(wording.reaching.and_more(len(newest) - most))
        await _draw_all(ask, row, list(newest.values()), phones)
    view = by_word()[wording.reaching.VIEW]
    if not permissions.may(ask.context.actor.grants, view, row.scope_path, use="full"):
        return lines, []
    options = [
        choice(
            wording.reaching.see_number(names.get(one.person_id, "")),
            wording.reaching.view_in_full(applied[one.person_id].number),
        )
        for one in shown
        if one.person_id in applied
    ]
    return lines, options


async def _draw_all(
    ask: Asking, row: ClassRow, missed: Sequence[Told], phones: Mapping[str, str]
) -> None:
    """Everybody who was not reached, as a table."""
    names = await people.names_of(
        ask.context.uow, person_ids=[one.person_id for one in missed]
    )
    cells = [
        [
            names.get(one.person_id, "") or wording.reaching.nameless(),
            mask_phone(phones[one.person_id]) if phones.get(one.person_id) else "",
            wording.reaching.why(one.channel, one.state, one.error_code),
        ]
        for one in missed
    ]
    title = wording.reaching.list_title(row.title)
    sheet = pictures.Sheet(title, wording.reaching.LIST_HEADER, cells)
    await pictures.draw_sheet(ask.context, sheet)


async def _phones(uow: UnitOfWork, rows: Sequence[ApplicationRow]) -> dict[str, str]:
    """The mobile numbers that people gave with their application, by person."""
    by_form = {one.submission_id: one.person_id for one in rows if one.submission_id}
    forms = await submissions.get_many(uow, submission_ids=sorted(by_form))
    said = {by_form[id_]: form.all_answers.get("phone") for id_, form in forms.items()}
    return {person: phone for person, phone in said.items() if isinstance(phone, str)}


async def tell_bases(uow: UnitOfWork, house: House, *, now: datetime) -> int:
    """Tell each base once a day whom a deadline did not get through to; how many hear."""
    told = 0
    for one in await reached.missed(uow, since=now - _NEWS):
        row = await classes.get(uow, class_id=one.class_id)
        if row is None:
            continue
        hours = house.programmes[row.programme].sending.hours
        holders = await reminders.holders(uow, paths=_above(row))
        staff = [
            person
            for path in _above(row)
            for person in holders.get((path, "base_staff"), ())
        ]
        word = Word(
            wording.reaching.please_phone(named(row), row.code, one.people),
            key=f"phone:{row.id}:{civil(now).isoformat()}",
            subject=row.title,
        )
        told += await tell(
            uow,
            house,
            word,
            person_ids=staff,
            now=now,
            not_before=send_window(now, hours),
        )
    return told


def _above(row: ClassRow) -> list[str]:
    """The class's own place and those above it that are a base's."""
    path = row.scope_path
    return [path, path.rpartition("/")[0]]
