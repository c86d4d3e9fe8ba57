"""导出我的信息, 删除我的信息 (个人信息保护法 45, 47)."""

from __future__ import annotations

from bot import wording
from bot.actions.applications import withdraw_all
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.feedback_standing import FORMS as FEEDBACK
from bot.actions.openings import FORM as OPENING
from bot.actions.scheme_state import ADDITION
from bot.actions.scheme_state import FORM as SCHEME
from bot.actions.summaries import FORM as SUMMARY
from conversations.model import Outcome
from storage import classes, jobs
from storage.privacy import Kept, duties_of, erase_person

_TO_COME = ("planned", "recruiting")


async def export_mine(ask: Asking) -> Result:
    """``导出我的信息``: everything kept about the person, as a file."""
    context = ask.context
    job = jobs.JobRow(
        id=context.new_id(),
        kind="export_mine",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
    return say(wording.figures.my_export_started())


async def erase_mine(ask: Asking) -> Result:
    """``删除我的信息``: nothing of the person is left but what duty keeps; asks first."""
    context, person_id = ask.context, ask.context.actor.person_id
    if ask.words.first != wording.CONFIRM:
        kept = await duties_of(context.uow, person_id=person_id)
        text = wording.privacy.confirm_erase(
            await _in_words(ask, kept, only_begun=True)
        )
        options = [
            choice(wording.CONFIRM, f"{ask.command.name} {wording.CONFIRM}"),
            choice(wording.leave_it(), "帮助"),
        ]
        return say(text, options)
    await withdraw_all(context, states=_TO_COME)
    kept = await erase_person(
        context.uow,
        person_id=person_id,
        now=context.now,
        house_forms=[OPENING, SUMMARY, SCHEME, ADDITION, *FEEDBACK],
    )
    said = say(wording.privacy.erased(await _in_words(ask, kept)))
    return Outcome(replies=said.replies, drop=("*",))


async def _in_words(ask: Asking, kept: Kept, *, only_begun: bool = False) -> list[str]:
    """What duty keeps, named; an application to a class still to come is not."""
    codes = []
    for code in kept.applications:
        row = await classes.by_code(ask.context.uow, code=code)
        if not only_begun or (row is not None and row.state not in _TO_COME):
            codes.append(code)
    return wording.privacy.kept_by_duty(
        codes, kept.staff, kept.roster, audit=kept.audit
    )
