"""绑定: one person on several platforms, going on with the same forms on each."""

from __future__ import annotations

from datetime import timedelta

from bot import wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.people import guesses_too_often, new_code, plain_code
from conversations import codec
from conversations.merging import merge_dialogues
from conversations.model import Conversation, Outcome, Refusal
from storage import conversations, links, merging, people
from storage.links import LinkRow, NewLink

_PURPOSE = "bind"
_GOOD_FOR = timedelta(minutes=10)


async def bind(ask: Asking) -> Result:
    """``绑定`` hands out a code; ``绑定 CODE``, said on the other platform, uses it."""
    words = [word for word in ask.words.words if word != wording.CONFIRM]
    if not words:
        return await _offer(ask)
    if await guesses_too_often(ask.context):
        return wording.people.too_many_tries()
    code = plain_code("".join(words))
    link = await links.read(ask.context.uow, token=_token(code), now=ask.context.now)
    if link is None or link.purpose != _PURPOSE:
        return wording.binding.useless()
    refusal = await _why_not(ask, link.person_id)
    if refusal is not None:
        return refusal
    if wording.CONFIRM not in ask.words.words:
        return await _confirm(ask, link, code)
    return await _join(ask, link, code)


def _token(code: str) -> str:
    return f"{_PURPOSE}:{code}"


async def _offer(ask: Asking) -> Result:
    context, code = ask.context, new_code()
    person_id = context.actor.person_id
    link = NewLink(
        token=_token(plain_code(code)),
        purpose=_PURPOSE,
        object_id=person_id,
        person_id=person_id,
        expires_at=context.now + _GOOD_FOR,
    )
    await links.create(context.uow, link)
    return say(wording.binding.offered(code, minutes=_GOOD_FOR.seconds // 60))


async def _why_not(ask: Asking, other: str) -> Refusal | None:
    """Why the two are not to be made one, if so."""
    uow, person_id = ask.context.uow, ask.context.actor.person_id
    if other == person_id:
        return wording.binding.same_already()
    here = await merging.channels_of(uow, person_id=person_id)
    there = await merging.channels_of(uow, person_id=other)
    if here & there:
        return wording.binding.same_platform()
    names = await people.names_of(uow, person_ids=[person_id, other])
    mine, theirs = names.get(person_id, ""), names.get(other, "")
    records = await merging.holds_records(uow, person_id=person_id)
    if (mine and theirs and mine != theirs) or (
        records and not (mine and mine == theirs)
    ):
        return wording.binding.other_person()
    if await merging.differ(uow, one=person_id, other=other):
        return wording.binding.other_person()
    if await merging.applied_to_the_same(uow, one=person_id, other=other):
        return wording.binding.applied_twice()
    return None


async def _confirm(ask: Asking, link: LinkRow, code: str) -> Result:
    name = await people.name_of(ask.context.uow, person_id=link.person_id)
    options = [
        choice(wording.CONFIRM, f"{ask.command.name} {code} {wording.CONFIRM}"),
        choice(wording.leave_it(), "帮助"),
    ]
    return say(wording.binding.confirm(name), options)


async def _join(ask: Asking, link: LinkRow, code: str) -> Result:
    context = ask.context
    uow, newcomer, into = context.uow, context.actor.person_id, link.person_id
    if await links.use(uow, token=_token(code), now=context.now) is None:
        return wording.binding.useless()
    loaded = await conversations.load(uow, person_ids=[into])
    row = loaded.rows.get(into)
    theirs = codec.decode(row.state) if row else Conversation()
    both = merge_dialogues(theirs, ask.conversation)
    await merging.merge(
        uow, newcomer=newcomer, into=into, dialogue=codec.encode(both), now=context.now
    )
    said = say(wording.binding.joined(forms=len(both.drafts)))
    # This dialogue goes on as the other person's, which was just written.
    return Outcome(replies=said.replies, drop=("*",))
