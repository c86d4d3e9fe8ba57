"""Telling people, outside their own dialogue, what somebody decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from bot.actions import pushes
from bot.actions.context import House
from bot.actions.notifications import with_question
from bot.clock import civil
from bot.ports import Push
from conversations.model import Option, Reply
from conversations.prompts.text import numbered
from notices.wording import template_date
from storage.database import UnitOfWork
from storage.people import AddressRow

_GOOD_FOR = timedelta(days=14)
_FIELD = 20


class Word(msgspec.Struct, frozen=True):
    """Something to be told.

    It is said once to each person for one ``key``. ``subject`` is what it is
    about, for platforms that want that in a field of its own; ``class_id`` the
    class, if it is about one. ``asks``: a good moment to ask for notifications.
    """

    text: str
    key: str
    subject: str = ""
    choices: tuple[Option, ...] = ()
    class_id: str | None = None
    asks: bool = False


async def tell(
    uow: UnitOfWork,
    house: House,
    word: Word,
    *,
    person_ids: Iterable[str],
    now: datetime,
    not_before: datetime | None = None,
) -> int:
    """Say a word to people who did not ask; how many hear it now.

    Those who cannot be reached, and those who heard it before, are left out.
    """
    told = sorted(set(person_ids))
    to = await pushes.whereabouts(uow, person_ids=told)
    push = _push(word, today=civil(now))
    messages = [
        pushes.Message(
            person_id=person_id,
            dedupe_key=f"{word.key}:{person_id}",
            push=await _asking(uow, house, push, to.get(person_id), now)
            if word.asks
            else push,
            purpose="result",
            urgency=2,
            not_before=not_before or now,
            expires_at=now + _GOOD_FOR,
            class_id=word.class_id,
        )
        for person_id in told
    ]
    return await pushes.queue(uow, messages, to=to, now=now, new_id=house.new_id)


async def _asking(
    uow: UnitOfWork, house: House, push: Push, to: AddressRow | None, now: datetime
) -> Push:
    if to is None:
        return push
    text = await with_question(
        uow, house, push.reply.text, channel=to.channel, address_id=to.id, now=now
    )
    reply = msgspec.structs.replace(push.reply, text=text)
    return msgspec.structs.replace(push, reply=reply)


def _push(word: Word, *, today: date) -> Push:
    labels = [one.label for one in word.choices]
    return Push(
        reply=Reply(text=numbered(word.text, labels), choices=word.choices),
        template="result",
        fields={
            "title": word.subject[:_FIELD],
            # Cut where it is filled in, with a sign that it was.
            "result": word.text[: 2 * _FIELD],
            "date": template_date(today),
        },
    )
