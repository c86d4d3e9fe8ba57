"""Official forms as files: those handed in to a class, and empty ones."""

from __future__ import annotations

from bot import wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.making import make_for_asker
from conversations.model import Option
from conversations.understanding.masks import mask_text
from storage import applications
from storage.classes import ClassRow


async def class_forms(ask: Asking, row: ClassRow) -> Result:
    """``导出 CODE 申请表 [Word] [全部 理由]``: every form of a class, in an archive.

    Masked, unless in full with a reason, which is written down. The caller has
    seen to it that the person may see the class.
    """
    said = ask.words.after(2)
    word = wording.papers.wants_word(said)
    first, _, reason = wording.papers.without_word(said).partition(" ")
    full = first in wording.FULL
    if full and not ask.may(row.scope_path, "full"):
        return wording.admissions.full_not_allowed()
    if full and not reason:
        return wording.papers.forms_need_reason(row.code)
    found = await applications.with_form(ask.context.uow, class_id=row.id)
    if not found:
        return wording.papers.no_forms(named(row))
    ask.trail.detail = mask_text(reason) if full else ""
    payload = {
        "class": row.id,
        "format": "docx" if word else "pdf",
        "full": "yes" if full else "",
    }
    await make_for_asker(ask.context, "class_forms", payload)
    return say(
        wording.papers.forms_follow(named(row), len(found), word=word, full=full),
        () if word or full else (_as_word(ask, f"{row.code} {ask.words.second}"),),
    )


async def blank(ask: Asking) -> Result:
    """``空白表 [附件N] [Word]``: an official form with nothing in it."""
    said = wording.papers.without_word(ask.words.raw)
    form = wording.papers.blank_named(said)
    if form is None:
        options = [
            choice(
                wording.papers.blank_choice(one),
                f"{ask.command.name} {wording.papers.BLANKS[one][0]}",
            )
            for one in wording.papers.BLANKS
        ]
        return say(wording.papers.which_blank(), options)
    word = wording.papers.wants_word(ask.words.raw)
    payload = {"form": form, "format": "docx" if word else "pdf"}
    await make_for_asker(ask.context, "blank_form", payload)
    return say(
        wording.papers.blank_follows(form, word=word),
        () if word else (_as_word(ask, wording.papers.BLANKS[form][0]),),
    )


def _as_word(ask: Asking, about: str) -> Option:
    return choice(
        wording.papers.as_word(), f"{ask.command.name} {about} {wording.papers.WORD}"
    )
