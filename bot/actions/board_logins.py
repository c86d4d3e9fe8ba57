"""A browser let onto the board: asked for by a link from the chat, confirmed there.

The link is the person's own and works once; the browser that opened it shows a
code, and only that person's chat takes it. So neither a link that was passed on
nor a code that somebody reads out opens anything by itself.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from bot import wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.context import Context
from conversations.engine import words
from conversations.model import Reply
from storage import board_logins, links, throttles

PURPOSE = "board"
CODE_LENGTH = 6
_CODE = re.compile(r"[^\d-]*([0-9]{3})-?([0-9]{3})[^\d-]*")


async def offer(context: Context) -> Reply:
    """The link by which the person's browser asks for the board."""
    token = secrets.token_urlsafe(24)
    minutes = context.house.limits.board_link_minutes
    link = links.NewLink(
        token=token,
        purpose=PURPOSE,
        object_id=context.actor.person_id,
        person_id=context.actor.person_id,
        expires_at=context.house.real_now() + timedelta(minutes=minutes),
    )
    await links.create(context.uow, link)
    path = context.house.links.board(token).removeprefix(context.house.links.public_url)
    return Reply(
        kind="article",
        name=wording.board.PAGE,
        text=wording.board.page_offered(minutes),
        ref=path,
    )


def code_said(ask: Asking) -> str:
    """The code of a browser among the words, whole or in groups; else nothing."""
    said = "".join(word for word in ask.words.words if word != wording.CONFIRM)
    found = _CODE.fullmatch(said)
    return found[1] + found[2] if found else ""


async def confirm(ask: Asking, code: str) -> Result:
    """``看板 482913``: let the browser in that shows this code; asks first."""
    context = ask.context
    uow, person_id = context.uow, context.actor.person_id
    now = context.house.real_now()
    if await _tries_too_often(context):
        return wording.people.too_many_tries()
    asked = await board_logins.asked(uow, person_id=person_id, code=code, now=now)
    if asked is None:
        return wording.board.no_such_browser()
    if ask.words.words[-1] != wording.CONFIRM:
        name = ask.command.name
        return say(
            wording.board.browser_asks(asked.browser, asked.asked_at),
            [
                choice(wording.board.IT_IS_ME, f"{name} {code} {wording.CONFIRM}"),
                choice(wording.board.NOT_ME, f"{name} {words.LEAVE}"),
            ],
        )
    await board_logins.confirm(uow, person_id=person_id, code=code, now=now)
    ask.trail.detail = "browser confirmed"
    return say(wording.board.browser_confirmed(context.house.limits.board_hours))


async def leave(ask: Asking) -> Result:
    """``看板 退出``: every browser of the person leaves the board at once."""
    person_id = ask.context.actor.person_id
    await board_logins.end_all(ask.context.uow, person_id=person_id)
    ask.trail.detail = "browsers sent away"
    return say(wording.board.browsers_left())


async def _tries_too_often(context: Context) -> bool:
    """Count a code said by this person."""
    subject = f"board-code:{context.actor.person_id}"
    tried = await throttles.hit(context.uow, subject=subject, now=context.now)
    # Each code is said twice: to see what asks, and to confirm it.
    return tried > 2 * context.house.limits.code_tries_per_hour
