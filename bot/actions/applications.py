"""A teacher's own application: followed, stamped, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot import wording
from bot.actions import works
from bot.actions.admissions import free_place, stamp_day
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.context import Context
from bot.commands import parse
from conversations.model import Option, Refusal
from storage import applications, classes, jobs, links
from storage.applications import ApplicationRow
from storage.classes import ClassRow

_WITH_LETTER = ("recruiting", "running")
_MEDIA = ("file:", "oa:", "wecom:")


# ---- 我的报名 ----


async def mine(ask: Asking) -> Result:
    """``我的报名``: where the person's applications stand."""
    rows = await _with_classes(ask.context)
    if not rows:
        return say(wording.applications.no_application())
    shown = rows[: ask.context.house.limits.list_length]
    lines = [
        wording.applications.my_application_line(
            one.number,
            named(row),
            one.state,
            one.reason,
            stamp_day(row, ask.context.house, one.state),
        )
        for one, row in shown
    ]
    lines += [
        _letter_link(ask.context, one)
        for one, row in shown
        if one.state == "admitted" and row.state in _WITH_LETTER
    ]
    return say(wording.applications.my_applications(lines))


def _letter_link(context: Context, one: ApplicationRow) -> str:
    """Where the 录取通知书 can be had again."""
    hours = timedelta(hours=context.house.limits.link_hours)
    url = context.house.links.document(
        "letter",
        one.id,
        person_id=context.actor.person_id,
        expires_at=context.now + hours,
    )
    return wording.admission_letters.link(one.number, url)


async def _with_classes(
    context: Context, states: Sequence[str] = ()
) -> list[tuple[ApplicationRow, ClassRow]]:
    found = await applications.of_person(context.uow, person_id=context.actor.person_id)
    rows: list[tuple[ApplicationRow, ClassRow]] = []
    for one in found:
        if states and one.state not in states:
            continue
        row = await classes.get(context.uow, class_id=one.class_id)
        if row is not None:
            rows.append((one, row))
    return rows


def _mine_numbered(
    ask: Asking, rows: list[tuple[ApplicationRow, ClassRow]]
) -> tuple[ApplicationRow, ClassRow] | Refusal | None:
    """The one named by number, or the only one; None when it must be asked."""
    if ask.words.first:
        number = ask.words.number
        found = next((one for one in rows if one[0].number == number), None)
        return found or wording.not_found(ask.command.scope, ask.words.first)
    return rows[0] if len(rows) == 1 else None


def _which(
    rows: list[tuple[ApplicationRow, ClassRow]], command: str, more: str = ""
) -> list[Option]:
    return [
        choice(
            wording.applications.my_application_choice(one.number, row.title),
            f"{command} {one.number} {more}".strip(),
        )
        for one, row in rows
    ]


# ---- 撤回申请 ----


async def withdraw(ask: Asking) -> Result:
    """``撤回申请 [N]``: take an application back; asks first, frees the place."""
    rows = await _with_classes(ask.context, applications.LIVE)
    if not rows and not ask.words.first:
        return wording.applications.nothing_to_withdraw()
    found = _mine_numbered(ask, rows)
    if isinstance(found, Refusal):
        return found
    if found is None:
        return say(
            wording.applications.which_to_withdraw(), _which(rows, ask.command.name)
        )
    one, row = found
    if ask.words.second != wording.CONFIRM:
        text = wording.applications.confirm_withdraw(
            named(row), one.number, holds_place=one.holds_place
        )
        said = f"{ask.command.name} {one.number} {wording.CONFIRM}"
        options = [
            choice(wording.CONFIRM, said),
            choice(wording.applications.keep_it(), "我的报名"),
        ]
        return say(text, options)
    return await _take_back(ask.context, one.id, row)


async def _take_back(context: Context, application_id: str, row: ClassRow) -> Result:
    uow = context.uow
    locked = await classes.get(uow, class_id=row.id, lock=True) or row
    one = await applications.get(uow, application_id=application_id)
    gone = one is not None and await applications.decide(
        uow,
        application_id=application_id,
        among=applications.LIVE,
        state="withdrawn",
        holds_place=False,
        now=context.now,
        decided_by=context.actor.person_id,
    )
    if one is None or not gone:
        return wording.applications.nothing_to_withdraw()
    if one.holds_place:
        await free_place(uow, context.house, locked, now=context.now)
    return say(wording.applications.withdrawn(named(row), one.number))


async def withdraw_all(context: Context, *, states: Sequence[str]) -> None:
    """Take back the person's applications to classes in ``states``.

    The places go to the next in line.
    """
    for one, row in await _with_classes(context, applications.LIVE):
        if row.state in states:
            await _take_back(context, one.id, row)


# ---- 盖章 ----


async def stamp(ask: Asking) -> Result:
    """``盖章 [N]``: how to hand the stamped 工作单位意见 in; or a picture of it.

    The dialogue gives a picture that came outside a form as ``盖章 MEDIA``.
    """
    said = ask.words.raw.split()
    media = next((word for word in said if word.startswith(_MEDIA)), "")
    wanted = [
        found
        for found in await _with_classes(ask.context, applications.LIVE)
        if found[0].stamp_file_id is None
    ]
    if not wanted:
        # Who owes no stamp may mean it for the class that runs.
        work = await works.take_picture(ask, media) if media else None
        return work or wording.applications.no_stamp_needed()
    number = parse(ask.words.raw.removesuffix(media))
    found = _mine_numbered(replace(ask, words=number), wanted)
    if isinstance(found, Refusal):
        return found
    if found is None:
        return say(
            wording.applications.which_stamp(), _which(wanted, ask.command.name, media)
        )
    if media:
        return await _check_stamp(ask.context, found[0], media)
    return await _stamp_link(ask.context, *found)


async def _check_stamp(context: Context, one: ApplicationRow, media: str) -> Result:
    job = jobs.JobRow(
        id=context.new_id(),
        kind="stamp",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"media": media, "application": one.id},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
    return say(wording.applications.stamp_looking(one.number))


async def _stamp_link(context: Context, one: ApplicationRow, row: ClassRow) -> Result:
    token = context.new_id()
    link = links.NewLink(
        token=token,
        purpose="stamp",
        object_id=one.id,
        person_id=context.actor.person_id,
        expires_at=context.now + timedelta(hours=context.house.limits.link_hours),
    )
    await links.create(context.uow, link)
    return say(
        wording.applications.stamp_how(named(row), context.house.links.upload(token))
    )
